package io.heddle.observe;

import io.heddle.coding.CodingSessions;
import io.heddle.coding.SessionCounts;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.function.ToDoubleFunction;

/** The meters of coding agents' sessions. */
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
@IfBuildProperty(name = "heddle.coding.enabled", stringValue = "true")
final class CodingMeters {

    private final MeterRegistry registry;
    private final CodingSessions sessions;

    CodingMeters(MeterRegistry registry, CodingSessions sessions) {
        this.registry = registry;
        this.sessions = sessions;
    }

    void register(@Observes StartupEvent event) {
        Gauge.builder("heddle.coding.sessions", sessions, CodingSessions::count)
                .description("The sessions of coding agents in contact with this process")
                .register(registry);
        counter("refused", "Requests for holds that another holder's hold refused", SessionCounts::refused);
        counter("waited", "Requests for holds that waited for another holder", SessionCounts::waited);
        counter("lost", "Lost holds that were reported to their sessions", SessionCounts::lost);
    }

    private void counter(String name, String description, ToDoubleFunction<SessionCounts> value) {
        FunctionCounter.builder("heddle.coding." + name, sessions.counts(), value)
                .description(description)
                .register(registry);
    }
}
