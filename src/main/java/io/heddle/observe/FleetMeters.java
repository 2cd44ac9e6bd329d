package io.heddle.observe;

import io.heddle.fleet.Fleet;
import io.heddle.fleet.NodeAgentPresence;
import io.heddle.fleet.PublishListener;
import io.heddle.fleet.SharePublisher.Published;
import io.heddle.fleet.Vms;
import io.heddle.mount.ShareMount.Action;
import io.heddle.nats.Observation;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.util.function.ToDoubleFunction;

/** The meters of the control plane. */
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class FleetMeters implements PublishListener {

    private final InUse inUse;
    private final Instance<Fleet> fleets;
    private final OutcomeTimers<PublishOutcome> publishes;

    FleetMeters(InUse inUse, Instance<Fleet> fleets, MeterRegistry registry) {
        this.inUse = inUse;
        this.fleets = fleets;
        this.publishes = new OutcomeTimers<>(
                PublishOutcome.class,
                "heddle.fleet.publish.duration",
                "How long publishing a share to a VM took, by how it ended",
                registry);
    }

    @Override
    public Observation<Published> publishing(String vmId, String shareId, Action action) {
        return publishes.observe(PublishOutcome::of, PublishOutcome::of);
    }

    void register(@Observes StartupEvent event, MeterRegistry registry) {
        for (NodeAgentPresence presence : NodeAgentPresence.values()) {
            Gauge.builder("heddle.fleet.vms", this, meters -> meters.vms(vms -> vms.count(presence)))
                    .description("The VMs that this replica knows of, by whether their agents report")
                    .tag("agent", presence.toString())
                    .register(registry);
        }
        reports("unusable", Vms::badStatuses, registry);
        reports("too_fast", Vms::droppedStatuses, registry);
    }

    private void reports(String reason, ToDoubleFunction<Vms> count, MeterRegistry registry) {
        FunctionCounter.builder("heddle.fleet.reports.dropped", this, meters -> meters.vms(count))
                .description("Reports of agents that were dropped")
                .tag("reason", reason)
                .register(registry);
    }

    private double vms(ToDoubleFunction<Vms> value) {
        Fleet fleet = inUse.of(fleets);
        return fleet == null ? 0 : value.applyAsDouble(fleet.vms());
    }
}
