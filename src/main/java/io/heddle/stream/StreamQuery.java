package io.heddle.stream;

import io.nats.client.api.StreamConfiguration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What to read from a stream.
 *
 * @param stream the stream's name
 * @param subjects the subjects to read, at least one; wildcards allowed
 * @param replay where the first subscription, and every one after a {@link StreamSignal.Restarted}, begins
 * @param whenAbsent gives the configuration to make the stream with when there is none, also when it is deleted later; asked
 *     anew each time, because a first sequence that is taken from the clock must not be used twice; runs on a worker thread or
 *     a thread of the client library and must not block; null waits until somebody else makes the stream
 */
public record StreamQuery(
        String stream,
        List<String> subjects,
        Replay replay,
        @Nullable Supplier<StreamConfiguration> whenAbsent) {

    /** Where reading begins. */
    public enum Replay {
        /** With the first message. */
        ALL,
        /** With the newest message of each subject: the whole state of a key-value bucket. */
        LAST_PER_SUBJECT
    }

    public StreamQuery {
        subjects = List.copyOf(subjects);
        if (stream.isEmpty() || subjects.isEmpty()) {
            throw new IllegalArgumentException("a stream and at least one subject are needed");
        }
    }
}
