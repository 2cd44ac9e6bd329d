package io.heddle.hold.bucket;

import java.util.function.Function;

/**
 * What a call does about the entry that it sees.
 *
 * @param <R> the call's answer
 */
public sealed interface Decision<R> {

    record Answer<R>(R result) implements Decision<R> {}

    record Refuse<R>(RuntimeException failure) implements Decision<R> {}

    /** The write was stored after its hold had ended for the holder, so it granted nothing: decide again. */
    record StoredTooLate<R>(HoldBucket.Write write, RuntimeException failure) implements Decision<R> {}

    /**
     * Writes if the entry is still what was seen.
     *
     * @param stored decides what follows, from the revision that was written
     */
    record Write<R>(HoldBucket.Write write, Function<Long, Decision<R>> stored) implements Decision<R> {}
}
