package io.heddle.hold.bucket;

import java.time.Duration;
import java.util.function.LongSupplier;

/** How far, and for how long, the watch has been behind the end of the bucket that the broker reported. Thread-safe. */
public final class WatchLag {

    private final HoldIndex index;
    private final LongSupplier ticks;
    private long end;
    private long behindSince;
    private boolean behind;

    /** Creates the lag of an index; {@code ticks} is a monotonic clock in nanoseconds. */
    public WatchLag(HoldIndex index, LongSupplier ticks) {
        this.index = index;
        this.ticks = ticks;
    }

    /** The broker reported the end of the bucket. */
    synchronized void learnt(long lastSequence) {
        end = lastSequence;
        look();
    }

    /** Returns how many of the reported entries the watch has not delivered yet. */
    public synchronized long entries() {
        return Math.max(0, end - index.position());
    }

    /** Returns how long the index has been behind; zero while it is not, as far as is known. */
    public synchronized Duration age() {
        look();
        return behind ? Duration.ofNanos(ticks.getAsLong() - behindSince) : Duration.ZERO;
    }

    /** Updates the lag after a change of the watch. */
    synchronized void look() {
        boolean now = !index.isCurrent() || index.position() < end;
        if (now && !behind) {
            behindSince = ticks.getAsLong();
        }
        behind = now;
    }
}
