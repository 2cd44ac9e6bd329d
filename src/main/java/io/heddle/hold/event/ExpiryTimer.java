package io.heddle.hold.event;

import io.heddle.stream.clock.BrokerClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs one task at the earliest of the requested times, in the broker's time. Thread-safe. */
public final class ExpiryTimer {

    /** The longest single delay, because the clock may be calibrated again meanwhile. */
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private final ScheduledExecutorService scheduler;
    private final BrokerClock clock;
    private final Runnable task;
    private @Nullable ScheduledFuture<?> next;
    private Instant nextAt = Instant.MAX;

    public ExpiryTimer(ScheduledExecutorService scheduler, BrokerClock clock, Runnable task) {
        this.scheduler = scheduler;
        this.clock = clock;
        this.task = task;
    }

    /** Schedules the task for when this time has certainly come, or somewhat earlier. */
    public synchronized void at(Instant when) {
        if (!when.isBefore(nextAt)) {
            return;
        }
        if (next != null) {
            next.cancel(false);
        }
        Duration left = Duration.between(clock.now().earliest(), when);
        Duration delay = left.compareTo(LONGEST) > 0 ? LONGEST : left.isNegative() ? Duration.ZERO : left;
        nextAt = when;
        next = scheduler.schedule(this::fire, delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void fire() {
        synchronized (this) {
            nextAt = Instant.MAX;
            next = null;
        }
        task.run();
    }
}
