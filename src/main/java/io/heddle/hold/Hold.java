package io.heddle.hold;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A hold as it is stored in the bucket.
 *
 * @param file the file that is held, or the directory with everything below it
 * @param holder who holds it
 * @param claimedAt when it was announced or last renewed, by the writer's clock
 * @param expiresAt when it ends by the writer's clock: bones and weft compare it with their clocks. Heddle writes it in the broker's time
 * @param checkoutPath where the holder's working copy is; may be empty
 * @param ttl how long it lasts from one announce to the next
 * @param token the fencing token: strictly larger for every later grant of this file, the same over our renewals. Pass it
 *     on with every write that the hold is to protect, and refuse a token lower than one seen before
 * @param revision the bucket's revision of the entry; rises with every renewal
 * @param holdId the grant's nonce; null when a Go program wrote the entry
 * @param endsAt when it ends in the broker's time. In answers to its holder (of an announce, a transfer, {@link
 *     Holds#assertHeld}, in a lease) this is {@link #holderEndsAt()}; elsewhere it is when others may take the file
 * @param shared whether other holders may have shared holds of the file too
 * @param reason why it is held, human-readable; may be empty
 */
public record Hold(
        FilePath file,
        String holder,
        Instant claimedAt,
        Instant expiresAt,
        String checkoutPath,
        Duration ttl,
        long token,
        long revision,
        @Nullable String holdId,
        Instant endsAt,
        boolean shared,
        String reason) {

    /** An exclusive hold without a reason. */
    public Hold(
            FilePath file,
            String holder,
            Instant claimedAt,
            Instant expiresAt,
            String checkoutPath,
            Duration ttl,
            long token,
            long revision,
            @Nullable String holdId,
            Instant endsAt) {
        this(file, holder, claimedAt, expiresAt, checkoutPath, ttl, token, revision, holdId, endsAt, false, "");
    }

    /**
     * Returns when its holder must stop relying on it: at {@code endsAt}, but no later than {@code expiresAt} where Heddle wrote
     * it. An entry that is stored late ends later for those who compare with the time of storage than for those who compare
     * {@code expiresAt}; the earlier one counts for its holder.
     */
    public Instant holderEndsAt() {
        return holdId != null && expiresAt.isBefore(endsAt) ? expiresAt : endsAt;
    }

    /** Returns the same hold with {@link #holderEndsAt()} as its end. */
    public Hold forHolder() {
        return new Hold(
                file,
                holder,
                claimedAt,
                expiresAt,
                checkoutPath,
                ttl,
                token,
                revision,
                holdId,
                holderEndsAt(),
                shared,
                reason);
    }
}
