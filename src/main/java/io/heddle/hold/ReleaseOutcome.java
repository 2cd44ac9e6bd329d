package io.heddle.hold;

/** The outcome of a release. */
public enum ReleaseOutcome {
    /** The holder had the file, and it is free now. */
    RELEASED,
    /** No one held the file, or the hold had ended already. */
    NOT_HELD,
    /** Another holder has the file; nothing was done. */
    HELD_BY_ANOTHER
}
