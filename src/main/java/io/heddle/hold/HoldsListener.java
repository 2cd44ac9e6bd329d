package io.heddle.hold;

import io.heddle.nats.Observation;

/** Sees what callers don't: for meters, traces, and tests. Called on the client library's threads: must not block. */
public interface HoldsListener {

    /** Does nothing. */
    HoldsListener NONE = new HoldsListener() {};

    /**
     * A call asks for a file: on the thread that makes the call, before anything is sent. What the observation carries travels
     * with every write, and stays in the bucket as long as the hold's entry does.
     */
    default Observation<Grant> announcing(FilePath file, String holder) {
        return Observation.none();
    }

    /** A lease renews itself: on a timer's thread. As with {@link #announcing}. */
    default Observation<Grant> renewing(FilePath file, String holder) {
        return Observation.none();
    }

    /**
     * Somebody else wrote between a call's read and its write; the call goes on.
     *
     * @param conflicts how often that has happened to this call
     */
    default void retried(FilePath file, int conflicts) {}

    /** A call ended with {@link OutcomeUnknownException}. */
    default void outcomeUnknown(FilePath file) {}

    /** A grant whose call had ended with {@link OutcomeUnknownException} or was cancelled showed up, and is taken back. */
    default void lateGrantTakenBack(FilePath file) {}

    /** Writes whose outcome is unknown did not appear for so long that they are not followed up any more. */
    default void outcomesDropped(int writes) {}

    /** An entry that is no hold was seen. */
    default void corrupt(String key) {}
}
