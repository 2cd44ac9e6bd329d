package io.heddle.observe;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A histogram for each way in which an operation can end, all made at once: a series that is not there yet has no rate.
 *
 * @param <E> the ways: the values of the tag {@code outcome}
 */
final class OutcomeTimers<E extends Enum<E>> {

    private final Map<E, Timer> timers;

    OutcomeTimers(Class<E> outcomes, String name, String description, MeterRegistry registry) {
        this.timers = new EnumMap<>(outcomes);
        for (E outcome : outcomes.getEnumConstants()) {
            Timer timer = Histograms.of(name, description, Histograms.ROUND_TRIPS)
                    .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                    .register(registry);
            timers.put(outcome, timer);
        }
    }

    /** @param began {@link System#nanoTime()} at the operation's beginning */
    void ended(E outcome, long began) {
        Objects.requireNonNull(timers.get(outcome)).record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
    }
}
