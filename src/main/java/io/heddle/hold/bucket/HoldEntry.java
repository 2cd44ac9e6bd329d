package io.heddle.hold.bucket;

import io.heddle.hold.Hold;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The bucket's entry of a file. Its {@code revision} is what a compare-and-set over it expects. */
public sealed interface HoldEntry {

    HoldEntry NONE = new Vacant(0, Instant.MAX, null, null);

    long revision();

    /** Returns when the broker stored it. */
    Instant stored();

    /** Nothing, or the marker of a deletion with its {@link HoldBucket#REASON} and {@link HoldBucket#BY}. */
    record Vacant(
            long revision,
            Instant stored,
            @Nullable String reason,
            @Nullable String by) implements HoldEntry {}

    /** A hold, in force or ended; with a reason only if it was transferred. */
    record Held(
            Hold hold,
            HoldValue value,
            Instant stored,
            @Nullable String reason,
            @Nullable String by) implements HoldEntry {
        @Override
        public long revision() {
            return hold.revision();
        }
    }

    /** An entry that is not a hold. */
    record Corrupt(long revision, Instant stored, String reason) implements HoldEntry {}
}
