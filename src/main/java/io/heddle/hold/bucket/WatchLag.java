package io.heddle.hold.bucket;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How far the watch is behind the bucket, and how long it has been so: what the broker says of the bucket's end, against where the
 * watch is. Thread-safe.
 */
public final class WatchLag {

    private final HoldIndex index;
    private final LongSupplier ticks;
    private long end;
    private long behindSince;
    private boolean behind;

    /**
     * Creates the lag of one index.
     *
     * @param ticks a clock in nanoseconds that never stands still or goes back
     */
    public WatchLag(HoldIndex index, LongSupplier ticks) {
        this.index = index;
        this.ticks = ticks;
    }

    /** The broker says that the bucket ends there. */
    synchronized void learnt(long lastSequence) {
        end = lastSequence;
        look();
    }

    /** How many entries the watch has yet to bring, of those that the broker told of. */
    public synchronized long entries() {
        return Math.max(0, end - index.position());
    }

    /** How long the index has not been complete; zero while it is, as far as is known. */
    public synchronized Duration age() {
        look();
        return behind ? Duration.ofNanos(ticks.getAsLong() - behindSince) : Duration.ZERO;
    }

    /** The watch stopped or goes on: looks whether that changes anything. */
    synchronized void look() {
        boolean now = !index.isCurrent() || index.position() < end;
        if (now && !behind) {
            behindSince = ticks.getAsLong();
        }
        behind = now;
    }
}
