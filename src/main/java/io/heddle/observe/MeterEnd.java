package io.heddle.observe;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * Takes our meters out of the registry when the application ends: the registry is the JVM's, and where another application
 * follows in it, as in tests, that one would be given the gauges of the ended one under the same names.
 */
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class MeterEnd {

    void remove(@Observes ShutdownEvent event, MeterRegistry registry) {
        registry.getMeters().stream()
                .filter(meter -> isOurs(meter.getId().getName()))
                .forEach(registry::remove);
    }

    private static boolean isOurs(String name) {
        return name.startsWith("heddle.") || name.startsWith("weft.");
    }
}
