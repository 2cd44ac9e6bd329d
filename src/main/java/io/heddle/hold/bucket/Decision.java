package io.heddle.hold.bucket;

import io.heddle.hold.Hold;
import io.heddle.hold.HoldName;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

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
     * Reads another entry from the leader, and decides on that too.
     *
     * @param then decides what follows, from that entry
     */
    record Ask<R>(HoldName other, Function<HoldEntry, Decision<R>> then) implements Decision<R> {}

    /**
     * The hold is stored, and granted unless an earlier one conflicts with it: then it is rolled back.
     *
     * @param earlier the earlier holds that it conflicts with
     * @param granted decides what follows when there are none
     */
    record Settle<R>(
            HoldBucket.Write write, Hold hold, CompletableFuture<List<Hold>> earlier, Supplier<Decision<R>> granted)
            implements Decision<R> {}

    /**
     * Writes if the entry is still what was seen.
     *
     * @param stored decides what follows, from the revision that was written
     */
    record Write<R>(HoldBucket.Write write, Function<Long, Decision<R>> stored) implements Decision<R> {}
}
