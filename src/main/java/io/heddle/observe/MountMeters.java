package io.heddle.observe;

import io.heddle.mount.DeliveryMode;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareAgent;
import io.heddle.mount.ShareEvent;
import io.heddle.mount.ShareState;
import io.heddle.nats.NatsConnection;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.util.Locale;

/** The meters of share mounts; the {@code weft_…} names are those of the Go agents, so that dashboards go on working. */
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class MountMeters {

    private static final String APPLY = "weft.microvm.agent.apply";
    private static final String CONCERN = "concern";
    private static final String MOUNTS = "mounts";
    private static final String RESULT = "result";

    private final MeterRegistry registry;
    private final InUse inUse;
    private final Instance<NatsConnection> connections;

    MountMeters(MeterRegistry registry, InUse inUse, Instance<NatsConnection> connections) {
        this.registry = registry;
        this.inUse = inUse;
        this.connections = connections;
    }

    /** Before the agent starts, so that no event is missed. */
    void register(@Observes @Priority(1) StartupEvent event, MountsConfig config, Instance<ShareAgent> agents) {
        Gauge.builder("weft.microvm.agent.nats.connected", this, MountMeters::connected)
                .description("Whether the broker connection is up")
                .register(registry);
        FunctionCounter.builder("heddle.nats.connects", this, MountMeters::connects)
                .description("How often a broker connection was made")
                .register(registry);
        if (config.vmIds().isPresent()) {
            register(agents.get());
        }
    }

    private void register(ShareAgent agent) {
        for (ShareState state : ShareState.values()) {
            Gauge.builder("heddle.shares", agent, shares -> count(shares, state))
                    .description("The shares of this agent by state")
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        for (DeliveryMode mode : DeliveryMode.values()) {
            Gauge.builder("heddle.mounts.delivery", agent, shares -> shares.mode() == mode ? 1 : 0)
                    .description("1 for the way by which shares reach this agent now")
                    .tag("mode", mode.toString())
                    .register(registry);
        }
        agent.listen(this::count);
    }

    private void count(ShareEvent event) {
        if (event instanceof ShareEvent.Attempted attempt) {
            registry.counter(APPLY, CONCERN, MOUNTS, RESULT, attempt.result()).increment();
            Timer.builder(APPLY + ".duration")
                    .tag(CONCERN, MOUNTS)
                    .register(registry)
                    .record(attempt.took());
        } else if (event instanceof ShareEvent.Rejected rejected) {
            registry.counter(APPLY, CONCERN, MOUNTS, RESULT, "rejected").increment();
            registry.counter(
                            "heddle.mounts.rejected",
                            "reason",
                            rejected.reason().name().toLowerCase(Locale.ROOT))
                    .increment();
        } else if (event instanceof ShareEvent.Ignored) {
            registry.counter(APPLY, CONCERN, MOUNTS, RESULT, "ignored").increment();
        }
    }

    private int connected() {
        NatsConnection connection = inUse.of(connections);
        return connection != null && connection.state().isConnected() ? 1 : 0;
    }

    private long connects() {
        NatsConnection connection = inUse.of(connections);
        return connection == null ? 0 : connection.state().connects();
    }

    private static long count(ShareAgent agent, ShareState state) {
        return agent.statuses().stream()
                .filter(status -> status.state() == state)
                .count();
    }
}
