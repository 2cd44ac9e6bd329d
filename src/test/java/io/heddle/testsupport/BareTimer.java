package io.heddle.testsupport;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A timer with nothing else to do: what it is late by, the machine is, and no promise in time can be kept better. */
public final class BareTimer implements AutoCloseable {

    private static final long PERIOD = TimeUnit.MILLISECONDS.toNanos(5);

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private long due = System.nanoTime();
    private long longest;

    public BareTimer() {
        timer.scheduleWithFixedDelay(this::fired, 0, PERIOD, TimeUnit.NANOSECONDS);
    }

    /** Returns the longest delay so far, one that lasts included. */
    public synchronized Duration longestDelay() {
        return Duration.ofNanos(Math.max(longest, System.nanoTime() - due));
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }

    private synchronized void fired() {
        long now = System.nanoTime();
        longest = Math.max(longest, now - due);
        due = now + PERIOD;
    }
}
