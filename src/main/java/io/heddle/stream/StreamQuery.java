package io.heddle.stream;

import io.nats.client.api.StreamConfiguration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The messages to read from a stream.
 *
 * @param stream the stream's name
 * @param subjects the subjects to read, at least one; wildcards allowed
 * @param replay where the first subscription, and every one after a {@link StreamSignal.Restarted}, begins
 * @param since only messages that were stored then or later, in the broker's time; null for all. With {@link Replay#ALL} only
 * @param whenAbsent supplies the configuration of an absent stream, also when it is deleted later; called again each time,
 *     because a first sequence taken from the clock must not be used twice; runs on a worker thread or a thread of the client
 *     library and must not block; null waits until another client creates the stream
 */
public record StreamQuery(
        String stream,
        List<String> subjects,
        Replay replay,
        @Nullable Instant since,
        @Nullable Supplier<StreamConfiguration> whenAbsent) {

    /** Where reading begins. */
    public enum Replay {
        /** With the first message. */
        ALL,
        /** With the latest message of each subject: the whole state of a key-value bucket. */
        LAST_PER_SUBJECT
    }

    /** All messages from the beginning that {@code replay} says. */
    public StreamQuery(
            String stream, List<String> subjects, Replay replay, @Nullable Supplier<StreamConfiguration> whenAbsent) {
        this(stream, subjects, replay, null, whenAbsent);
    }

    /** The messages that were stored at a time or later. */
    public StreamQuery(
            String stream, List<String> subjects, Instant since, @Nullable Supplier<StreamConfiguration> whenAbsent) {
        this(stream, subjects, Replay.ALL, since, whenAbsent);
    }

    public StreamQuery {
        subjects = List.copyOf(subjects);
        if (stream.isEmpty() || subjects.isEmpty()) {
            throw new IllegalArgumentException("a stream and at least one subject are needed");
        }
        if (since != null && replay != Replay.ALL) {
            throw new IllegalArgumentException("a time and the latest messages only exclude each other");
        }
    }
}
