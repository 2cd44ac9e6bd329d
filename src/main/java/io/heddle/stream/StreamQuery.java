package io.heddle.stream;

import io.nats.client.api.StreamConfiguration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to read from a stream.
 *
 * @param stream the stream's name
 * @param subjects the subjects to read, at least one; wildcards allowed
 * @param replay where the first subscription, and every one after a {@link StreamSignal.Restarted}, begins
 * @param whenAbsent makes the stream when there is none, also when it is deleted later; null waits until somebody else does
 */
public record StreamQuery(
        String stream,
        List<String> subjects,
        Replay replay,
        @Nullable StreamConfiguration whenAbsent) {

    /** Where reading begins. */
    public enum Replay {
        /** With the first message. */
        ALL,
        /** With the newest message of each subject: the whole state of a key-value bucket. */
        LAST_PER_SUBJECT
    }

    public StreamQuery {
        subjects = List.copyOf(subjects);
    }
}
