package io.heddle.observe;

import io.heddle.mount.DeliveryMode;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.NodeAgent;
import io.heddle.mount.ShareState;
import io.heddle.mount.ShareStatus;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Ready once shares can reach this agent; tells by which way, and what would be missed. */
@Readiness
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class MountsHealth implements HealthCheck {

    private final MountsConfig config;
    private final Instance<NodeAgent> agents;

    MountsHealth(MountsConfig config, Instance<NodeAgent> agents) {
        this.config = config;
        this.agents = agents;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response = HealthCheckResponse.named("mounts");
        if (config.vmIds().isEmpty()) {
            return response.up()
                    .withData("agent", "none: heddle.mounts.vm-ids is empty")
                    .build();
        }
        NodeAgent agent = agents.get();
        List<ShareStatus> statuses = agent.statuses();
        response.status(agent.mode() != DeliveryMode.NONE)
                .withData("agent", String.join(",", agent.vmIds()))
                .withData("delivery_mode", agent.mode().toString())
                .withData("shares", statuses.size())
                .withData(
                        "mounted",
                        statuses.stream()
                                .filter(status -> status.state() == ShareState.MOUNTED)
                                .count());
        String saveFailure = agent.saveFailure();
        if (saveFailure != null) {
            response.withData("state_not_saved", saveFailure);
        }
        String bucketFailure = agent.bucketFailure();
        if (bucketFailure != null) {
            response.withData("bucket_not_usable", bucketFailure);
        }
        if (agent.mode() == DeliveryMode.NONE) {
            response.withData(
                    "error", "no share message can reach this agent: not connected, or the stream cannot be read");
        } else if (agent.mode() == DeliveryMode.CORE) {
            response.withData(
                    "warning", "the broker has no JetStream: what was published while this agent was away is lost");
        } else if (agent.narrowStream()) {
            response.withData(
                    "warning",
                    "the stream keeps one message for each VM: older shares are only in the bucket of "
                            + "heddle.mounts.bucket (heddle.mounts.widen-stream=true keeps 64 messages)");
        }
        return response.build();
    }
}
