package io.heddle.hold.bucket;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What stands in the bucket under a file's key.
 *
 * @param holder who holds the file; not empty
 * @param claimedAt when it was written, by the writer's clock
 * @param expiresAt when it ends, by the writer's clock
 * @param checkoutPath where the writer's working copy is, may be empty
 * @param ttl how long it was meant to last; positive
 * @param holdId a nonce of this grant; null when a Go agent wrote it
 * @param token the grant's fencing token; 0 when the entry's own revision is the token: a first write, a transfer, or
 *     written by a Go agent
 */
public record HoldValue(
        String holder,
        Instant claimedAt,
        Instant expiresAt,
        String checkoutPath,
        Duration ttl,
        @Nullable String holdId,
        long token) {

    /** Whether both are the same write: a nonce is kept over renewals, the time is not. */
    boolean isSameWriteAs(HoldValue other) {
        return holdId != null && holdId.equals(other.holdId) && claimedAt.equals(other.claimedAt);
    }

    /**
     * Returns the hold that this value is.
     *
     * @param stored when the broker stored it, in the broker's time
     */
    Hold toHold(FilePath file, long revision, Instant stored, Duration maxAge) {
        return new Hold(
                file,
                holder,
                claimedAt,
                expiresAt,
                checkoutPath,
                ttl,
                token == 0 ? revision : token,
                revision,
                holdId,
                stored.plus(lifetime(maxAge)));
    }

    /** How long the entry counts after the broker stored it; never negative. */
    public Duration lifetime(Duration maxAge) {
        Duration written = Duration.between(claimedAt, expiresAt);
        Duration shortest = min(min(ttl, written), maxAge);
        return shortest.isNegative() ? Duration.ZERO : shortest;
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
