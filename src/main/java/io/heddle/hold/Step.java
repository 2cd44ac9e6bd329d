package io.heddle.hold;

import java.util.function.Function;

/**
 * What a call makes of the entry that it sees.
 *
 * @param <R> the call's answer
 */
sealed interface Step<R> {

    /** The call is answered. */
    record Answer<R>(R result) implements Step<R> {}

    /** The call is refused. */
    record Refuse<R>(RuntimeException failure) implements Step<R> {}

    /** The entry came from the index and is no ground to refuse on: ask the leader. */
    record AskLeader<R>() implements Step<R> {}

    /**
     * Write, if the entry is still what was seen.
     *
     * @param answered makes the call's answer from the revision that was written
     */
    record Write<R>(HoldBucket.Write write, Function<Long, R> answered) implements Step<R> {}
}
