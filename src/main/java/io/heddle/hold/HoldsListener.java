package io.heddle.hold;

/** Sees what callers don't: for meters, and for tests. Called on the client library's threads: must not block. */
public interface HoldsListener {

    /** Does nothing. */
    HoldsListener NONE = new HoldsListener() {};

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

    /** An entry that is no hold was seen. */
    default void corrupt(String key) {}
}
