package io.heddle.hold;

import org.jspecify.annotations.Nullable;

/**
 * The events that a subscriber receives. {@link HoldEvent.Synced} and {@link HoldEvent.Reset} always match.
 *
 * @param within only of this file and the files below it; null for all
 * @param holder only of this holder's holds; null for all
 */
public record HoldFilter(
        @Nullable FilePath within, @Nullable String holder) {

    /** Matches every event. */
    public static final HoldFilter ALL = new HoldFilter(null, null);

    /** Returns whether a subscriber with this filter receives the event. */
    public boolean matches(HoldEvent event) {
        Hold hold = event.hold();
        return event instanceof HoldEvent.Synced
                || event instanceof HoldEvent.Reset
                || matches(event.file(), hold == null ? null : hold.holder());
    }

    /** Returns whether events of this hold match. */
    public boolean matches(Hold hold) {
        return matches(hold.file(), hold.holder());
    }

    private boolean matches(@Nullable FilePath file, @Nullable String of) {
        return (within == null || (file != null && file.isWithin(within))) && (holder == null || holder.equals(of));
    }
}
