package io.heddle.observe;

import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;

/** Timers with fixed buckets, so that {@code histogram_quantile} works over all pods. */
final class Histograms {

    /** From a round trip inside one machine to the longest that a call goes on trying. */
    static final Duration[] ROUND_TRIPS =
            millis(0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000);

    /** From a symbolic link to a client that gets no answer from its masters. */
    static final Duration[] MOUNTS =
            millis(10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 90_000, 120_000);

    private Histograms() {}

    static Timer.Builder of(String name, String description, Duration... buckets) {
        return Timer.builder(name).description(description).serviceLevelObjectives(buckets);
    }

    private static Duration[] millis(double... millis) {
        return Arrays.stream(millis)
                .mapToObj(each -> Duration.ofNanos((long) (each * 1e6)))
                .toArray(Duration[]::new);
    }
}
