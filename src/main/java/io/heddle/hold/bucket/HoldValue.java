package io.heddle.hold.bucket;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The value of an entry.
 *
 * @param holder who holds the file; not empty
 * @param claimedAt when it was written, by the writer's clock
 * @param expiresAt when it ends, by the writer's clock
 * @param checkoutPath where the writer's working copy is; may be empty
 * @param ttl how long it lasts; positive
 * @param holdId a nonce of this grant; null when a Go program wrote it
 * @param token the grant's fencing token; 0 when the entry's own revision is the token: a first write, a transfer, or
 *     written by a Go program
 */
public record HoldValue(
        String holder,
        Instant claimedAt,
        Instant expiresAt,
        String checkoutPath,
        Duration ttl,
        @Nullable String holdId,
        long token) {

    /** Returns whether both are the same write: renewals keep the nonce, not the time. */
    boolean isSameWriteAs(HoldValue other) {
        return holdId != null && holdId.equals(other.holdId) && claimedAt.equals(other.claimedAt);
    }

    /**
     * Returns the value as a hold.
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

    /** Returns how long the entry counts after the broker stored it; never negative. */
    public Duration lifetime(Duration maxAge) {
        Duration written = Duration.between(claimedAt, expiresAt);
        Duration shortest = min(min(ttl, written), maxAge);
        return shortest.isNegative() ? Duration.ZERO : shortest;
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
