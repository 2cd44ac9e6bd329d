package io.heddle.bench;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;

/** Many calls at once, made by one thread. */
public final class InFlight {

    private InFlight() {}

    /**
     * Makes all calls, at most so many on their way at once.
     *
     * @return how many were answered in a second; throws what one of them failed with
     */
    public static double rate(int count, int limit, IntFunction<? extends CompletionStage<?>> call)
            throws InterruptedException {
        Semaphore room = new Semaphore(limit);
        AtomicReference<Throwable> failed = new AtomicReference<>();
        long began = System.nanoTime();
        for (int i = 0; i < count; i++) {
            take(1, room);
            var unused = call.apply(i).whenComplete((answer, failure) -> {
                if (failure != null) {
                    failed.compareAndSet(null, failure);
                }
                room.release();
            });
        }
        take(limit, room);
        double took = (System.nanoTime() - began) / 1e9;
        if (failed.get() != null) {
            throw new IllegalStateException("a call failed", failed.get());
        }
        return count / took;
    }

    private static void take(int permits, Semaphore room) throws InterruptedException {
        if (!room.tryAcquire(permits, 60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("a call was not answered within a minute");
        }
    }
}
