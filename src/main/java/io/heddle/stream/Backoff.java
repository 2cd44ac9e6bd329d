package io.heddle.stream;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** How long to wait before the next attempt: not at all at first, then exponentially longer, with jitter. */
record Backoff(Duration first, Duration longest) {

    private static final int ENOUGH_DOUBLINGS = 20;

    /** @param failures how often it has failed in a row */
    Duration delay(int failures) {
        if (failures == 0) {
            return Duration.ZERO;
        }
        long ceiling = Math.min(longest.toMillis(), first.toMillis() << Math.min(failures - 1, ENOUGH_DOUBLINGS));
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(ceiling / 2, ceiling + 1));
    }
}
