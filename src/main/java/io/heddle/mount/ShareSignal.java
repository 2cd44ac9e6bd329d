package io.heddle.mount;

/** What an applier notices about a share that it mounted earlier. */
public sealed interface ShareSignal {

    /** The share's id. */
    String id();

    /**
     * The mount is dead (its client died, it was unmounted by someone else, it hung for too long). The applier has
     * already cleared away what it could; the reconciler mounts it again.
     *
     * @param reason for people; holds no credential
     */
    record Lost(String id, String reason) implements ShareSignal {}

    /** The mount is there and its client lives, but it does not answer. Nothing has been touched. */
    record Stalled(String id, String reason) implements ShareSignal {}

    /** A stalled mount answers again. */
    record Recovered(String id) implements ShareSignal {}
}
