package io.heddle.hold;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A hold of the history, from the grant to its end. Times are the broker's.
 *
 * @param last the hold as it was granted or last renewed
 * @param startedAt when it was granted; null when that is no longer recorded
 * @param renewedAt when it was granted or last renewed, as far as it is recorded
 * @param renewals how many renewals are recorded
 * @param endedAt when it ended; null while it is in force
 * @param end how it ended; null while it is in force
 * @param by who ended it, if that was stated; null otherwise
 */
public record PastHold(
        Hold last,
        @Nullable Instant startedAt,
        Instant renewedAt,
        int renewals,
        @Nullable Instant endedAt,
        @Nullable End end,
        @Nullable String by) {

    /** How a hold ended. */
    public enum End {
        /** Its holder released it. */
        RELEASED,
        /** It was not renewed in time. */
        EXPIRED,
        /** An administrator released it. */
        FORCED,
        /** Its holder passed it to another. */
        TRANSFERRED
    }
}
