package io.heddle.hold.bucket;

import static io.heddle.hold.bucket.HoldLog.LOG;

import io.heddle.hold.Hold;
import io.heddle.hold.HoldName;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Deletes the entries of expired holds, so that the watchers of Go programs see their end. Each process waits for a random time and
 * mostly finds that another one was first; the compare-and-set never deletes a newer entry.
 */
final class Sweeper {

    static final String NAME = "heddle";

    private final HoldBucket bucket;
    private final HoldIndex index;
    private final ScheduledExecutorService scheduler;
    private final long graceNanos;

    Sweeper(HoldBucket bucket, HoldIndex index, ScheduledExecutorService scheduler, Duration grace) {
        this.bucket = bucket;
        this.index = index;
        this.scheduler = scheduler;
        this.graceNanos = grace.toNanos();
    }

    void expired(Hold hold) {
        long delay = graceNanos + ThreadLocalRandom.current().nextLong(graceNanos + 1);
        try {
            var unused = scheduler.schedule(() -> sweep(hold), delay, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            LOG.notSwept(hold.file(), "closed");
        }
    }

    private void sweep(Hold hold) {
        HoldName name = HoldName.of(hold);
        HoldEntry newest = index.lookup(name);
        if (newest != null && newest.revision() == hold.revision()) {
            var unused = bucket.write(name, HoldBucket.Write.deletion(hold.revision(), "expired", NAME))
                    .whenComplete((revision, failure) -> {
                        if (failure != null) {
                            LOG.notSwept(hold.file(), String.valueOf(failure.getMessage()));
                        }
                    });
        }
    }
}
