package io.heddle.observe;

import io.heddle.nats.NatsConnection;
import io.heddle.nats.NatsState;
import io.heddle.nats.ServerVersion;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.util.function.ToDoubleFunction;

/** The meters of the broker connection. */
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class NatsMeters {

    private final InUse inUse;
    private final Instance<NatsConnection> connections;

    NatsMeters(InUse inUse, Instance<NatsConnection> connections) {
        this.inUse = inUse;
        this.connections = connections;
    }

    void register(@Observes StartupEvent event, MeterRegistry registry) {
        Gauge.builder(
                        "weft.microvm.agent.nats.connected",
                        this,
                        meters -> meters.state(state -> state.isConnected() ? 1 : 0))
                .description("Whether the broker connection is up")
                .register(registry);
        Gauge.builder("heddle.nats.server.unsafe", this, meters -> meters.state(NatsMeters::unsafe))
                .description("Whether the broker is too old for its compare-and-set to be trusted, accepted or not")
                .register(registry);
        FunctionCounter.builder("heddle.nats.reconnects", this, meters -> meters.state(NatsState::reconnects))
                .description("How often the broker connection was made again")
                .register(registry);
    }

    private double state(ToDoubleFunction<NatsState> value) {
        NatsConnection connection = inUse.of(connections);
        return connection == null ? 0 : value.applyAsDouble(connection.state());
    }

    private static double unsafe(NatsState state) {
        ServerVersion server = state.server();
        return server != null && !server.isSafe() ? 1 : 0;
    }
}
