package io.heddle.observe;

import io.heddle.nats.NatsConnection;
import io.heddle.nats.NatsState;
import io.heddle.nats.ServerVersion;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Ready while the broker is reachable and answers, and its compare-and-set is safe. */
@Readiness
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class NatsHealth implements HealthCheck {

    private final InUse inUse;
    private final Instance<NatsConnection> connections;

    NatsHealth(InUse inUse, Instance<NatsConnection> connections) {
        this.inUse = inUse;
        this.connections = connections;
    }

    @Override
    public HealthCheckResponse call() {
        NatsConnection connection = inUse.of(connections);
        if (connection == null) {
            return HealthCheckResponse.named("nats")
                    .up()
                    .withData("phase", "none: nothing here uses the broker")
                    .build();
        }
        NatsState state = connection.state();
        Optional<String> error = connection.error();
        ServerVersion server = state.server();
        boolean unsafe =
                server != null && !server.isSafe() && !connection.config().allowUnsafeServer();
        HealthCheckResponseBuilder response = HealthCheckResponse.named("nats")
                .status(error.isEmpty() && !unsafe)
                .withData("phase", state.phase().name())
                .withData("connects", state.connects());
        if (server != null) {
            response.withData("server_version", server.toString());
        }
        if (state.url() != null) {
            response.withData("url", state.url());
        }
        error.ifPresent(reason -> response.withData("error", reason));
        connection.refusal().ifPresent(refusal -> response.withData("not_permitted", refusal.subject()));
        if (unsafe) {
            response.withData(
                    "reason",
                    "nats-server " + server + " is older than " + ServerVersion.MINIMUM
                            + ": its compare-and-set is not safe (heddle.nats.allow-unsafe-server=true accepts it)");
        }
        return response.build();
    }
}
