package io.heddle.stream;

import org.jspecify.annotations.Nullable;

/**
 * How far a subscription has come.
 *
 * @param stream the stream that was read last; null before the first time
 * @param seen the highest sequence that this stream is known to have had
 * @param received up to where everything was received, {@link #NOTHING} when a replay has to come first
 */
record Progress(@Nullable StreamIdentity stream, long seen, long received) {

    static final long NOTHING = -1;
    static final Progress NONE = new Progress(null, 0, NOTHING);

    /**
     * Whether the stream is another one, or has lost its end: then its sequences have nothing to do with ours, and going on
     * from ours would silently get nothing.
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
