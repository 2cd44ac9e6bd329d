package io.heddle.mount;

import org.jspecify.annotations.Nullable;

/** What an applier reports about a share. Texts are human-readable and hold no credential. */
public sealed interface ShareSignal {

    /** The share's id. */
    String id();

    /**
     * The mount is dead: its client died, another process unmounted it, or it hung for too long. The applier has cleaned up what it
     * could; the reconciler mounts it again.
     */
    record Lost(String id, String reason) implements ShareSignal {}

    /** The mount is there and its client lives, but it does not answer. Nothing has been touched. */
    record Stalled(String id, String reason) implements ShareSignal {}

    /** A stalled mount answers again. */
    record Recovered(String id) implements ShareSignal {}

    /**
     * The mount answers, but its files do not, for example while the metadata servers are away. The share stays mounted: writers
     * recover by themselves.
     *
     * @param reason null when the files answer again
     */
    record Degraded(String id, @Nullable String reason) implements ShareSignal {}

    /** A mount call is still in progress. */
    record Progress(String id, String text) implements ShareSignal {}
}
