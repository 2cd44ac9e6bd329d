package io.heddle.mount.node;

import io.heddle.mount.ShareMount;
import io.heddle.mount.node.DesiredState.StreamEntry;
import io.heddle.stream.StreamIdentity;
import io.nats.client.impl.Headers;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A desired state and its origin, which decides whether a later one replaces it.
 *
 * @param stream the stream it came from; null for the other origins
 * @param sequence its place in that stream; 0 for the other origins
 * @param time when it was published, in the broker's time as well as it is known
 * @param headers those of the message that it came by; null when it had none, or came from a previous run
 */
public record DesiredShare(
        ShareMount share,
        Origin origin,
        @Nullable StreamIdentity stream,
        long sequence,
        Instant time,
        @Nullable Headers headers) {

    public enum Origin {
        BOOT_FILE,
        CORE,
        STREAM
    }

    static DesiredShare fromBootFile(ShareMount share) {
        return new DesiredShare(share, Origin.BOOT_FILE, null, 0, Instant.EPOCH, null);
    }

    static DesiredShare fromCore(ShareMount share, Instant time, @Nullable Headers headers) {
        return new DesiredShare(share, Origin.CORE, null, 0, time, headers);
    }

    /** @param entry the message that it came by */
    static DesiredShare fromStream(ShareMount share, @Nullable StreamIdentity stream, StreamEntry entry) {
        return new DesiredShare(share, Origin.STREAM, stream, entry.sequence(), entry.time(), entry.headers());
    }

    /** The same for another share. */
    DesiredShare with(ShareMount other) {
        return new DesiredShare(other, origin, stream, sequence, time, headers);
    }

    /** The same in another stream, or in none. */
    DesiredShare in(@Nullable StreamIdentity other, long place) {
        return new DesiredShare(share, origin, other, place, time, headers);
    }

    /**
     * Whether this is newer than what is known. A message of the same stream is newer when its sequence is higher; one of
     * another stream replaces what the first one said; a message of a stream replaces one that came by core NATS only when it
     * was published later; what comes by core NATS is live, so it is always newest.
     */
    boolean supersedes(@Nullable DesiredShare known) {
        if (known == null || known.origin == Origin.BOOT_FILE) {
            return true;
        }
        return switch (origin) {
            case BOOT_FILE -> false;
            case CORE -> true;
            case STREAM ->
                known.origin == Origin.CORE
                        ? time.isAfter(known.time)
                        : stream == null || !stream.equals(known.stream) || sequence > known.sequence;
        };
    }
}
