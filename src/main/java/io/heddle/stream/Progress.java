package io.heddle.stream;

import org.jspecify.annotations.Nullable;

/**
 * The progress of a subscription.
 *
 * @param stream the last stream read; null before the first
 * @param seen the highest sequence that this stream is known to have had
 * @param received the sequence up to which all was received; {@link #NOTHING} when a replay comes first
 */
record Progress(@Nullable StreamIdentity stream, long seen, long received) {

    static final long NOTHING = -1;
    static final Progress NONE = new Progress(null, 0, NOTHING);

    /**
     * Whether the stream was replaced or lost its end: its sequences are then unrelated to ours, and resuming from ours would silently
     * deliver nothing.
     */
    boolean isContradictedBy(StreamIdentity identity, long lastSequence) {
        return stream != null && (!stream.equals(identity) || lastSequence < seen);
    }

    boolean mustReplay() {
        return received == NOTHING;
    }

    Progress opened(StreamIdentity identity, long lastSequence) {
        return new Progress(identity, Math.max(seen, lastSequence), received);
    }

    Progress receivedUpTo(long sequence) {
        return new Progress(stream, Math.max(seen, sequence), Math.max(received, sequence));
    }
}
