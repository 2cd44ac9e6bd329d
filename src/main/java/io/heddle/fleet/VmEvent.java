package io.heddle.fleet;

/** An event of {@link Vms#events}: the state of every VM, {@link Synced}, then changes. */
public sealed interface VmEvent {

    /**
     * The current state of a VM; it includes earlier changes that were not delivered.
     *
     * @param change the cursor to resume after
     */
    record Changed(long change, VmView vm) implements VmEvent {}

    /** A VM was removed: it has no desired share and has not reported for {@code heddle.fleet.forget-after}, or it was forgotten on request. */
    record Removed(long change, String vm) implements VmEvent {}

    /** The initial state is complete. */
    record Synced(long change) implements VmEvent {}
}
