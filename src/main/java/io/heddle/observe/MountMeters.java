package io.heddle.observe;

import io.heddle.mount.DeliveryMode;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.NodeAgent;
import io.heddle.mount.ShareEvent;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.ShareState;
import io.micrometer.core.instrument.Counter;
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
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** The meters of share mounts; the {@code weft_…} names are those of the Go agents, so that dashboards go on working. */
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class MountMeters {

    private static final String APPLY = "weft.microvm.agent.apply";
    private static final String CONCERN = "concern";
    private static final String MOUNTS = "mounts";
    private static final List<String> RESULTS = List.of("ok", "busy", "refused", "error", "rejected", "ignored");

    /** From a symbolic link to a client that gets no answer from its masters. */
    private static final Duration[] DURATIONS = OutcomeTimers.millis(
            10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 90_000, 120_000);

    private final MeterRegistry registry;

    MountMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Before the agent starts, so that no event is missed. */
    void register(@Observes @Priority(1) StartupEvent event, MountsConfig config, Instance<NodeAgent> agents) {
        if (config.vmIds().isPresent()) {
            register(agents.get());
        }
    }

    private void register(NodeAgent agent) {
        for (ShareState state : ShareState.values()) {
            Gauge.builder("heddle.shares", agent, shares -> count(shares, state))
                    .description("The shares of this agent by state")
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        Gauge.builder("heddle.shares.degraded", agent, MountMeters::degraded)
                .description("The mounted shares of this agent whose files do not answer")
                .register(registry);
        Gauge.builder("heddle.mounts.logs", agent, NodeAgent::logBytes)
                .description("The logs of the clients of this agent's shares")
                .baseUnit("bytes")
                .register(registry);
        for (DeliveryMode mode : DeliveryMode.values()) {
            Gauge.builder("heddle.mounts.delivery", agent, shares -> shares.mode() == mode ? 1 : 0)
                    .description("1 for the way by which shares reach this agent now")
                    .tag("mode", mode.toString())
                    .register(registry);
        }
        Gauge.builder("heddle.mounts.subscribers", agent, NodeAgent::subscribers)
                .description("The subscriptions to share events")
                .register(registry);
        FunctionCounter.builder("heddle.mounts.evictions", agent, NodeAgent::evictions)
                .description("Subscribers of share events that were ended because they were too slow")
                .register(registry);
        // Made at once: a series that is not there yet has no rate.
        RESULTS.forEach(this::applied);
        for (Reason reason : Reason.values()) {
            rejected(reason);
        }
        Timer duration = Timer.builder(APPLY + ".duration")
                .description("How long attempts to apply a share took")
                .serviceLevelObjectives(DURATIONS)
                .tag(CONCERN, MOUNTS)
                .register(registry);
        agent.listen(event -> count(event, duration));
    }

    private void count(ShareEvent event, Timer duration) {
        if (event instanceof ShareEvent.Attempted attempt) {
            applied(attempt.result()).increment();
            duration.record(attempt.took());
        } else if (event instanceof ShareEvent.Rejected rejected) {
            applied("rejected").increment();
            rejected(rejected.reason()).increment();
        } else if (event instanceof ShareEvent.Ignored) {
            applied("ignored").increment();
        }
    }

    private Counter applied(String result) {
        return Counter.builder(APPLY)
                .description("Attempts to apply a share, and messages that led to none, by result")
                .tags(CONCERN, MOUNTS, "result", result)
                .register(registry);
    }

    private Counter rejected(Reason reason) {
        return Counter.builder("heddle.mounts.rejected")
                .description("Share messages that were refused, by the kind of rule that they break")
                .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                .register(registry);
    }

    private static long degraded(NodeAgent agent) {
        return agent.statuses().stream()
                .filter(status -> status.degraded() != null)
                .count();
    }

    private static long count(NodeAgent agent, ShareState state) {
        return agent.statuses().stream()
                .filter(status -> status.state() == state)
                .count();
    }
}
