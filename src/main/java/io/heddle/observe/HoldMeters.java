package io.heddle.observe;

import io.heddle.hold.FilePath;
import io.heddle.hold.Grant;
import io.heddle.hold.Holds;
import io.heddle.hold.HoldsListener;
import io.heddle.hold.HoldsStatus;
import io.heddle.nats.Observation;
import io.micrometer.core.instrument.Counter;
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
    private final OutcomeTimers<AnnounceOutcome> announces;
    private final Counter retries;
    private final Counter unknown;
    private final Counter lateGrants;
    private final Counter outcomesDropped;
    private final Counter corrupt;
    private final Counter violations;

    HoldMeters(MeterRegistry registry, InUse inUse, Instance<Holds> holds) {
        this.registry = registry;
        this.inUse = inUse;
        this.holds = holds;
        this.announces = new OutcomeTimers<>(
                AnnounceOutcome.class,
                "heddle.holds.announce.duration",
                "How long announces and the renewals of leases took, by how they ended",
                registry);
        this.retries = counter("retries", "Writes that somebody else's write came before; the call went on");
        this.unknown = counter("outcome.unknown", "Calls that ended without knowing whether their write took place");
        this.lateGrants =
                counter("late.grants", "Grants that appeared after their call had ended, and were rolled back");
        this.outcomesDropped = counter(
                "outcome.dropped",
                "Writes with an unknown outcome that did not appear and are not followed up any more");
        this.violations = counter("violations", "Files that a Go program took although another holder had them");
        this.corrupt = counter("corrupt", "Entries of the bucket that are no holds, each time that one was seen");
    }

    void register(@Observes StartupEvent event) {
        gauge("held", "The files that are held", HoldsStatus::held);
        Gauge.builder("heddle.holds.ready", this, HoldMeters::ready)
                .description("Whether the index of holds is at the end of the bucket and the broker's time is known; "
                        + "NaN while nothing uses holds")
                .register(registry);
        gauge("subscribers", "The subscriptions to hold events", HoldsStatus::subscribers);
        gauge("outcome.open", "The writes with an unknown outcome that are followed up", HoldsStatus::openOutcomes);
        seconds(
                "clock.bound",
                "How wrong the idea of the broker's time may be; NaN while it is not known",
                status -> status.clockBound()
                        .map(bound -> (double) bound.toNanos())
                        .orElse(Double.NaN));
        gauge("watch.lag.entries", "The entries of the bucket that the watch has yet to bring", HoldsStatus::lag);
        seconds("watch.lag", "For how long the index of holds has not been complete", status -> status.lagAge()
                .toNanos());
        FunctionCounter.builder("heddle.holds.evictions", this, meters -> meters.status(HoldsStatus::evicted))
                .description("Subscribers of hold events that were ended because they were too slow")
                .register(registry);
    }

    @Override
    public Observation<Grant> announcing(FilePath file, String agent) {
        return announces.observe(AnnounceOutcome::of, AnnounceOutcome::of);
    }

    @Override
    public Observation<Grant> renewing(FilePath file, String agent) {
        return announcing(file, agent);
    }

    @Override
    public void retried(FilePath file, int conflicts) {
        retries.increment();
    }

    @Override
    public void outcomeUnknown(FilePath file) {
        unknown.increment();
    }

    @Override
    public void lateGrantRolledBack(FilePath file) {
        lateGrants.increment();
    }

    @Override
    public void outcomesDropped(int writes) {
        outcomesDropped.increment(writes);
    }

    @Override
    public void violated(FilePath file) {
        violations.increment();
    }

    @Override
    public void corrupt(String key) {
        corrupt.increment();
    }

    private Counter counter(String name, String description) {
        return Counter.builder("heddle.holds." + name).description(description).register(registry);
    }

    private void gauge(String name, String description, ToDoubleFunction<HoldsStatus> value) {
        Gauge.builder("heddle.holds." + name, this, meters -> meters.status(value))
                .description(description)
                .register(registry);
    }

    private void seconds(String name, String description, ToDoubleFunction<HoldsStatus> nanos) {
        Gauge.builder("heddle.holds." + name, this, meters -> meters.status(nanos) / 1e9)
                .description(description)
                .baseUnit("seconds")
                .register(registry);
    }

    /** Not 0 where nothing uses holds: that would be trouble. */
    private double ready() {
        Holds used = inUse.of(holds);
        return used == null ? Double.NaN : used.status().ready() ? 1 : 0;
    }

    private double status(ToDoubleFunction<HoldsStatus> value) {
        Holds used = inUse.of(holds);
        return used == null ? 0 : value.applyAsDouble(used.status());
    }
}
