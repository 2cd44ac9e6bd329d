package io.heddle.observe;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.NodeAgent;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Startup;

/**
 * Started once the shares that are known are being applied: those of the stream, or, about ten seconds later at most, those that
 * this machine remembers. So it does not depend on the broker.
 */
@Startup
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class AgentStarted implements HealthCheck {

    private final MountsConfig config;
    private final Instance<NodeAgent> agents;

    AgentStarted(MountsConfig config, Instance<NodeAgent> agents) {
        this.config = config;
        this.agents = agents;
    }

    @Override
    public HealthCheckResponse call() {
        return config.vmIds().isEmpty()
                ? HealthCheckResponse.up("mounts")
                : HealthCheckResponse.named("mounts")
                        .status(agents.get().hasBegun())
                        .build();
    }
}
