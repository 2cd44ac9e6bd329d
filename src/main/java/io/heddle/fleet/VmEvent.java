package io.heddle.fleet;

/** What a subscriber of {@link Vms#events} gets: the state of every VM, {@link Synced}, and then what changes. */
public sealed interface VmEvent {

    /**
     * A VM as it is now; earlier changes that were not delivered yet are in it.
     *
     * @param change its number: a subscriber may go on after it
     */
    record Changed(long change, VmView vm) implements VmEvent {}

    /** A VM was forgotten: nobody wants anything there, and it has not reported for long. */
    record Removed(long change, String vm) implements VmEvent {}

    /** What came before was the state at the subscription, complete. */
    record Synced(long change) implements VmEvent {}
}
