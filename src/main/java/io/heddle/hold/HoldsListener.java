package io.heddle.hold;

import io.heddle.nats.Observation;

/** Observes calls and entries, for meters, traces and tests. Called on threads of the client library: must not block. */
public interface HoldsListener {

    /** Does nothing. */
    HoldsListener NONE = new HoldsListener() {};

    /**
     * A call announces a file: on the thread of the call, before anything is sent. The headers of the observation are sent with
     * every write, and stay in the bucket with the entry.
     */
    default Observation<Grant> announcing(FilePath file, String holder) {
        return Observation.none();
    }

    /** A lease renews itself, on a timer's thread. As {@link #announcing}. */
    default Observation<Grant> renewing(FilePath file, String holder) {
        return Observation.none();
    }

    /**
     * Another client wrote between the read and the write of a call; the call continues.
     *
     * @param conflicts how often in this call
     */
    default void retried(FilePath file, int conflicts) {}

    /** A call ended with {@link OutcomeUnknownException}. */
    default void outcomeUnknown(FilePath file) {}

    /** A grant whose call had ended with {@link OutcomeUnknownException} appeared, and is rolled back. */
    default void lateGrantRolledBack(FilePath file) {}

    /** Writes whose outcome is unknown did not appear for so long that they are not followed up any more. */
    default void outcomesDropped(int writes) {}

    /** A Go program took a file although another holder had it: see {@link HoldEvent.Violated}. */
    default void violated(FilePath file) {}

    /** A corrupt entry was read. */
    default void corrupt(String key) {}
}
