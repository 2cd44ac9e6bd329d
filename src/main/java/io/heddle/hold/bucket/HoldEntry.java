package io.heddle.hold.bucket;

import io.heddle.hold.Hold;
import io.heddle.hold.HoldName;
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

    /**
     * A hold, in force or ended; with a reason only if it was transferred.
     *
     * @param since the revision from which on it has been held without a gap, over renewals and transfers
     */
    record Held(
            Hold hold,
            HoldValue value,
            Instant stored,
            @Nullable String reason,
            @Nullable String by,
            long since) implements HoldEntry {

        Held(Hold hold, HoldValue value, Instant stored, @Nullable String reason, @Nullable String by) {
            this(hold, value, stored, reason, by, value.since(hold.revision()));
        }

        HoldName name() {
            return HoldName.of(hold);
        }

        /** Returns the same entry, held since the hold before it unless there was a gap: then since its own revision. */
        Held after(Held before) {
            boolean same = since == before.since || hold.token() == before.hold.token();
            boolean gap = !stored.isBefore(before.hold.endsAt());
            return same ? new Held(hold, value, stored, reason, by, gap ? hold.revision() : before.since) : this;
        }

        @Override
        public long revision() {
            return hold.revision();
        }
    }

    /** An entry that is not a hold. */
    record Corrupt(long revision, Instant stored, String reason) implements HoldEntry {}
}
