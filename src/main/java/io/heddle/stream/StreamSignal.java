package io.heddle.stream;

import io.nats.client.impl.Headers;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a resumable subscription tells its subscriber, in the order of the stream. A subscriber sees, any number of times:
 * {@code [Restarted] Message* CaughtUp Message* Interrupted}.
 */
public sealed interface StreamSignal {

    /**
     * A message of the stream.
     *
     * @param data not copied: treat as read-only
     * @param headers null when it has none
     * @param sequence its place in the stream, rising from message to message until a {@link Restarted}
     * @param timestamp when the broker stored it, in the broker's time
     */
    @SuppressWarnings("ArrayRecordComponent") // one copy for each message would be waste; nobody compares messages
    record Message(String subject, byte[] data, @Nullable Headers headers, long sequence, Instant timestamp)
            implements StreamSignal {}

    /**
     * Everything that the stream held for this subscription when it was (re)made has been delivered.
     *
     * @param stream the stream that is being read
     * @param sequence the stream's last sequence at that time: what is known up to here is complete
     */
    record CaughtUp(StreamIdentity stream, long sequence) implements StreamSignal {}

    /** Delivery stopped (disconnected, consumer gone, silence): messages may be missing until the next {@link CaughtUp}. */
    record Interrupted(String reason) implements StreamSignal {}

    /** The stream is another one than before, or was rolled back: forget what came from the old one; a full replay follows. */
    record Restarted(StreamIdentity stream) implements StreamSignal {}
}
