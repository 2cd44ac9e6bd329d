package io.heddle.mount.node;

import io.heddle.mount.ShareMount;
import io.heddle.mount.feed.Position;
import io.nats.client.impl.Headers;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A desired state and its origin, which decides whether a later one replaces it.
 *
 * @param position its place among the messages on this share
 * @param headers those of the message; null when it had none, or came from a previous run or the bucket
 */
public record DesiredShare(
        ShareMount share,
        Origin origin,
        Position position,
        @Nullable Headers headers) {

    private static final Position FIRST = Position.at(Instant.EPOCH);

    public enum Origin {
        BOOT_FILE,
        CORE,
        STREAM,
        BUCKET
    }

    static DesiredShare fromBootFile(ShareMount share) {
        return new DesiredShare(share, Origin.BOOT_FILE, FIRST, null);
    }

    /** The same for another share. */
    DesiredShare with(ShareMount other) {
        return new DesiredShare(other, origin, position, headers);
    }

    /** The same at another place. */
    DesiredShare at(Position other) {
        return new DesiredShare(share, origin, other, headers);
    }

    /**
     * Whether this replaces what is known. In one stream the position decides. A message of another stream replaces what the first
     * one said; an entry of the bucket, and a message that replaces one without a stream, do so only if they are newer. What comes
     * by core NATS is live, so it always does.
     */
    boolean supersedes(@Nullable DesiredShare known) {
        if (known == null || known.origin == Origin.BOOT_FILE) {
            return true;
        }
        boolean comparable = position.isInStreamOf(known.position) || known.origin == Origin.CORE;
        return switch (origin) {
            case BOOT_FILE -> false;
            case CORE -> true;
            case STREAM -> !comparable || position.isAfter(known.position);
            case BUCKET -> position.isAfter(known.position);
        };
    }
}
