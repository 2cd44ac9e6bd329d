package io.heddle.hold.faults;

import java.time.Duration;
import java.util.Random;

/** How long the holds of a race last, and how long its calls wait for the broker. */
enum Pace {
    /** Many grants; a call ends before the broker that was stopped goes on. */
    QUICK(150, 500, 1_500, Duration.ofMillis(500), Duration.ofMillis(1_500), 4, 150),
    /**
     * Calls outlive a broker that stores late, later than the ttl, then ask it what was stored, and rely on the answer; leases renew
     * themselves late too.
     */
    PATIENT(1_000, 3_000, 4_000, Duration.ofSeconds(1), Duration.ofSeconds(10), 1, 600);

    final Duration requestTimeout;
    final Duration callTimeout;
    final int confirmsOneOf;
    final int touchesOfLease;
    private final int shortestMillis;
    private final int longestMillis;
    private final int sometimesMillis;

    Pace(
            int shortestMillis,
            int longestMillis,
            int sometimesMillis,
            Duration requestTimeout,
            Duration callTimeout,
            int confirmsOneOf,
            int touchesOfLease) {
        this.shortestMillis = shortestMillis;
        this.longestMillis = longestMillis;
        this.sometimesMillis = sometimesMillis;
        this.requestTimeout = requestTimeout;
        this.callTimeout = callTimeout;
        this.confirmsOneOf = confirmsOneOf;
        this.touchesOfLease = touchesOfLease;
    }

    /** The next ttl: sometimes a longer one, so that a mistake with it has time to show. */
    Duration ttl(Random random) {
        return Duration.ofMillis(
                random.nextInt(4) == 0
                        ? sometimesMillis
                        : shortestMillis + random.nextInt(longestMillis - shortestMillis));
    }
}
