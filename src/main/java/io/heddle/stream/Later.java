package io.heddle.stream;

import static io.heddle.stream.StreamLog.LOG;

import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Runs tasks on Mutiny's worker threads, now or after a delay. */
public final class Later {

    private Later() {}

    public static void run(Runnable task) {
        try {
            Infrastructure.getDefaultExecutor().execute(task);
        } catch (RejectedExecutionException e) {
            LOG.workersGone();
        }
    }

    public static void run(Duration delay, Runnable task) {
        try {
            ScheduledFuture<?> unused =
                    Infrastructure.getDefaultWorkerPool().schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.workersGone();
        }
    }
}
