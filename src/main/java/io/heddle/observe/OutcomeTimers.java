package io.heddle.observe;

import io.heddle.nats.Observation;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A histogram for each way in which an operation can end, all made at once: a series that is not there yet has no rate. The buckets
 * are fixed, so that {@code histogram_quantile} works over all pods.
 *
 * @param <E> the ways: the values of the tag {@code outcome}
 */
final class OutcomeTimers<E extends Enum<E>> {

    /** From a round trip inside one machine to the longest that a call goes on trying. */
    private static final Duration[] ROUND_TRIPS =
            millis(0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000);

    private final Map<E, Timer> timers;

    OutcomeTimers(Class<E> outcomes, String name, String description, MeterRegistry registry) {
        this.timers = new EnumMap<>(outcomes);
        for (E outcome : outcomes.getEnumConstants()) {
            Timer timer = Timer.builder(name)
                    .description(description)
                    .serviceLevelObjectives(ROUND_TRIPS)
                    .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                    .register(registry);
            timers.put(outcome, timer);
        }
    }

    /** Measures one operation that begins now. */
    <R> Observation<R> observe(Function<R, E> ofResult, Function<Throwable, E> ofFailure) {
        long began = System.nanoTime();
        return new Observation<>() {
            @Override
            public void succeeded(R result) {
                ended(ofResult.apply(result));
            }

            @Override
            public void failed(Throwable failure) {
                ended(ofFailure.apply(failure));
            }

            private void ended(E outcome) {
                Objects.requireNonNull(timers.get(outcome)).record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
            }
        };
    }

    static Duration[] millis(double... millis) {
        return Arrays.stream(millis)
                .mapToObj(each -> Duration.ofNanos((long) (each * 1e6)))
                .toArray(Duration[]::new);
    }
}
