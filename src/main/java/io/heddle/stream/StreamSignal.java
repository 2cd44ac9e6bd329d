package io.heddle.stream;

import io.nats.client.impl.Headers;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The signals of a resumable subscription, in the order of the stream. A subscriber receives, any number of times:
 * {@code [Restarted] Message* CaughtUp Message* Interrupted}.
 */
public sealed interface StreamSignal {

    /**
     * A message of the stream.
     *
     * @param data not copied: treat as read-only
     * @param headers null when it has none
     * @param sequence its sequence in the stream, rising until a {@link Restarted}
     * @param timestamp when the broker stored it, in the broker's time
     */
    @SuppressWarnings("ArrayRecordComponent") // a copy of each message would be wasteful; messages are not compared
    record Message(String subject, byte[] data, @Nullable Headers headers, long sequence, Instant timestamp)
            implements StreamSignal {}

    /**
     * All messages that the stream held for this subscription when it was (re)created have been delivered.
     *
     * @param stream the stream
     * @param sequence the stream's last sequence at that time: what is known up to here is complete
     */
    record CaughtUp(StreamIdentity stream, long sequence) implements StreamSignal {}

    /** Delivery stopped (disconnected, consumer gone, silence): messages may be missing until the next {@link CaughtUp}. */
    record Interrupted(String reason) implements StreamSignal {}

    /** The stream was replaced or rolled back: forget the messages of the old one; a full replay follows. */
    record Restarted(StreamIdentity stream) implements StreamSignal {}
}
