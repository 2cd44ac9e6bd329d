package io.heddle.stream;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Exponential delays between attempts, with jitter.
 *
 * @param first the delay after the first failure, before jitter
 * @param longest the upper limit
 * @param jitter the fraction of a delay that is random, from 0 to 1
 */
public record Backoff(Duration first, Duration longest, double jitter) {

    private static final int MOST_DOUBLINGS = 20;

    /** Half of each delay is random. */
    public Backoff(Duration first, Duration longest) {
        this(first, longest, 0.5);
    }

    /**
     * Returns the delay before the next attempt.
     *
     * @param failures consecutive failures; 0 gives no delay
     */
    public Duration delay(int failures) {
        if (failures <= 0) {
            return Duration.ZERO;
        }
        long ceiling = Math.min(longest.toNanos(), first.toNanos() << Math.min(failures - 1, MOST_DOUBLINGS));
        long shortest = ceiling - (long) (ceiling * jitter);
        return Duration.ofNanos(ThreadLocalRandom.current().nextLong(shortest, ceiling + 1));
    }
}
