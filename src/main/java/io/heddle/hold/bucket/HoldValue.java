package io.heddle.hold.bucket;

import io.heddle.hold.Hold;
import io.heddle.hold.HoldName;
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
 * @param shared whether it is a shared hold; the key decides
 * @param reason why it is held; may be empty
 * @param since the revision from which on it has been held without a gap, where that is neither the token nor the entry's own
 *     revision: after a transfer, or a renewal that was stored late; 0 otherwise
 */
public record HoldValue(
        String holder,
        Instant claimedAt,
        Instant expiresAt,
        String checkoutPath,
        Duration ttl,
        @Nullable String holdId,
        long token,
        boolean shared,
        String reason,
        long since) {

    /** Of an exclusive hold without a reason. */
    public HoldValue(
            String holder,
            Instant claimedAt,
            Instant expiresAt,
            String checkoutPath,
            Duration ttl,
            @Nullable String holdId,
            long token) {
        this(holder, claimedAt, expiresAt, checkoutPath, ttl, holdId, token, false, "", 0);
    }

    /** Returns the fencing token of an entry with this value. */
    long token(long revision) {
        return token == 0 ? revision : token;
    }

    /** Returns since which revision an entry with this value says that it has been held without a gap. */
    long since(long revision) {
        return since == 0 ? token(revision) : since;
    }

    /** Returns whether both are the same write: renewals keep the nonce, not the time. */
    boolean isSameWriteAs(HoldValue other) {
        return holdId != null && holdId.equals(other.holdId) && claimedAt.equals(other.claimedAt);
    }

    /**
     * Returns the value as a hold.
     *
     * @param stored when the broker stored it, in the broker's time
     */
    Hold toHold(HoldName name, long revision, Instant stored, Duration maxAge) {
        return new Hold(
                name.file(),
                holder,
                claimedAt,
                expiresAt,
                checkoutPath,
                ttl,
                token(revision),
                revision,
                holdId,
                stored.plus(lifetime(maxAge)),
                name.isShared(),
                reason);
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
