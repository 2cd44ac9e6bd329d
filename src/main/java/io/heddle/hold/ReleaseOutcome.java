package io.heddle.hold;

/** What a release came to. */
public enum ReleaseOutcome {
    /** The agent held it, and it is free now. */
    RELEASED,
    /** Nothing to do: nobody held it, or the agent's hold had ended already. */
    NOT_HELD,
    /** Nothing was done: another agent holds it. */
    HELD_BY_ANOTHER
}
