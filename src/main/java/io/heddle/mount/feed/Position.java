package io.heddle.mount.feed;

import io.heddle.stream.StreamIdentity;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The place of a message among all messages on its share.
 *
 * @param stream the stream that stored it; null when that is not known
 * @param sequence its sequence in the stream; of a message that only core NATS delivered, the highest sequence known to be older
 * @param after 0 for a message that the stream delivered; else its place among those after {@code sequence}
 * @param time when it was published, in the broker's time as well as it is known
 */
public record Position(@Nullable StreamIdentity stream, long sequence, int after, Instant time) {

    /** The place of a message that the stream delivered. */
    public static Position inStream(@Nullable StreamIdentity stream, long sequence, Instant time) {
        return new Position(stream, sequence, 0, time);
    }

    /** The place of a message without a stream: core NATS without JetStream, or a manually written entry. */
    public static Position at(Instant time) {
        return new Position(null, 0, 0, time);
    }

    /** Whether this message is the newer one: in one stream by sequence, else by time. */
    public boolean isAfter(Position other) {
        if (isInStreamOf(other)) {
            return sequence != other.sequence ? sequence > other.sequence : after > other.after;
        }
        return time.isAfter(other.time);
    }

    /** Whether both are of the same stream, so that their sequences can be compared. */
    public boolean isInStreamOf(Position other) {
        return stream != null && stream.equals(other.stream);
    }

    /** Whether both are the place of one message. */
    public boolean isSameAs(Position other) {
        return isInStreamOf(other) && sequence == other.sequence && after == other.after;
    }

    /** The place directly after this one. */
    public Position next(Instant published) {
        return new Position(stream, sequence, after + 1, published.isAfter(time) ? published : time.plusNanos(1));
    }

    /** The place before all messages of the same stream. */
    Position beforeAll() {
        return new Position(stream, 0, 0, Instant.EPOCH);
    }

    /** The same time without a place in a stream: the stream was rolled back. */
    public Position withoutStream() {
        return at(time);
    }
}
