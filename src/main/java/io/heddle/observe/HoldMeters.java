package io.heddle.observe;

import io.heddle.hold.FilePath;
import io.heddle.hold.Holds;
import io.heddle.hold.HoldsListener;
import io.heddle.hold.HoldsStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.util.function.ToDoubleFunction;

/** The meters of file holds. */
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class HoldMeters implements HoldsListener {

    private final MeterRegistry registry;
    private final InUse inUse;
    private final Instance<Holds> holds;

    HoldMeters(MeterRegistry registry, InUse inUse, Instance<Holds> holds) {
        this.registry = registry;
        this.inUse = inUse;
        this.holds = holds;
    }

    void register(@Observes StartupEvent event) {
        Gauge.builder("heddle.holds.held", this, meters -> meters.status(HoldsStatus::held))
                .description("The files that are held")
                .register(registry);
        Gauge.builder("heddle.holds.ready", this, meters -> meters.status(status -> status.ready() ? 1 : 0))
                .description("Whether the index of holds is at the end of the bucket and the broker's time is known")
                .register(registry);
        Gauge.builder("heddle.holds.subscribers", this, meters -> meters.status(HoldsStatus::subscribers))
                .description("The subscriptions to hold events")
                .register(registry);
        Gauge.builder(
                        "heddle.holds.clock.bound",
                        this,
                        meters -> meters.status(status -> status.clockBound().toNanos() / 1e9))
                .description("How wrong the idea of the broker's time may be")
                .baseUnit("seconds")
                .register(registry);
        FunctionCounter.builder("heddle.holds.evictions", this, meters -> meters.status(HoldsStatus::evicted))
                .description("Subscribers of hold events that were ended because they were too slow")
                .register(registry);
    }

    @Override
    public void retried(FilePath file, int conflicts) {
        count("heddle.holds.retries");
    }

    @Override
    public void outcomeUnknown(FilePath file) {
        count("heddle.holds.outcome.unknown");
    }

    @Override
    public void lateGrantTakenBack(FilePath file) {
        count("heddle.holds.late.grants");
    }

    @Override
    public void corrupt(String key) {
        count("heddle.holds.corrupt");
    }

    private void count(String name) {
        registry.counter(name).increment();
    }

    private double status(ToDoubleFunction<HoldsStatus> value) {
        Holds used = inUse.of(holds);
        return used == null ? 0 : value.applyAsDouble(used.status());
    }
}
