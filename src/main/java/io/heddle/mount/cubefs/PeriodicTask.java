package io.heddle.mount.cubefs;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Repeats work on the worker with a pause in between; a round that fails is logged and does not end the series. */
final class PeriodicTask implements AutoCloseable {

    private final Runnable round;
    private final Duration pause;
    private final Executor worker;
    private final ScheduledExecutorService scheduler;
    private boolean closed;
    private @Nullable Future<?> next;

    PeriodicTask(Runnable round, Duration pause, Executor worker, ScheduledExecutorService scheduler) {
        this.round = round;
        this.pause = pause;
        this.worker = worker;
        this.scheduler = scheduler;
    }

    /** The first round begins after one pause. */
    synchronized void start() {
        if (!closed) {
            next = scheduler.schedule(this::handOver, pause.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    /** A round that is under way goes to its end; there is no other. */
    @Override
    public synchronized void close() {
        closed = true;
        if (next != null) {
            next.cancel(false);
        }
    }

    private void handOver() {
        try {
            worker.execute(this::run);
        } catch (RejectedExecutionException e) {
            fail(e);
        }
    }

    private void run() {
        try {
            round.run();
        } catch (RuntimeException e) {
            fail(e);
        } finally {
            start();
        }
    }

    private synchronized void fail(RuntimeException e) {
        if (!closed) {
            CubeFsLog.LOG.checkFailed(e);
        }
    }
}
