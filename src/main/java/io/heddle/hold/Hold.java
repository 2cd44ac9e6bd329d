package io.heddle.hold;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A hold as it stands in the bucket.
 *
 * @param file the file that is held
 * @param holder who holds it
 * @param claimedAt when it was announced or last renewed, by the writer's clock
 * @param expiresAt when it ends by the writer's clock: for people and for the Go agents
 * @param checkoutPath where the holder's working copy is; may be empty
 * @param ttl how long it lasts from one announce to the next
 * @param token the fencing token: strictly larger for every later grant of this file, the same over our renewals. Pass it
 *     on with every write that the hold is to protect, and refuse a token lower than one seen before
 * @param revision the bucket's revision of the entry; rises with every renewal
 * @param holdId the grant's nonce; null when a Go agent wrote the entry
 * @param endsAt when it ends in the broker's time: this is what counts. In the answer to an announce it is the earliest
 *     moment that is possible
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
        Instant endsAt) {}
