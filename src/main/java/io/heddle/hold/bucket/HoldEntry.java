package io.heddle.hold.bucket;

import io.heddle.hold.Hold;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What the bucket has under a file's key. The {@code revision} is what a compare-and-set over it has to expect. */
public sealed interface HoldEntry {

    HoldEntry NONE = new Vacant(0, Instant.MAX, null, null);

    long revision();

    /** When the broker stored it. */
    Instant stored();

    /**
     * Nothing, or the marker of a deletion.
     *
     * @param reason the marker's {@code Heddle-Reason}
     * @param by the marker's {@code Heddle-By}
     */
    record Vacant(
            long revision,
            Instant stored,
            @Nullable String reason,
            @Nullable String by) implements HoldEntry {}

    /**
     * A hold, in force or ended.
     *
     * @param reason the entry's {@code Heddle-Reason}, when it was passed on
     * @param by the entry's {@code Heddle-By}
     */
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

    /** Something that is no hold. */
    record Corrupt(long revision, Instant stored, String reason) implements HoldEntry {}
}
