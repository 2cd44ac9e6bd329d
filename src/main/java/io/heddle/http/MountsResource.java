package io.heddle.http;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.heddle.mount.DeliveryMode;
import io.heddle.mount.ShareAgent;
import io.heddle.mount.ShareStatus;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The shares of this agent. */
@Path("/api/v1/mounts")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "shares")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class MountsResource {

    private final ShareAgent agent;

    MountsResource(ShareAgent agent) {
        this.agent = agent;
    }

    /** What is known of every share of one machine. */
    public record Mounts(List<Mount> mounts, DeliveryMode mode) {}

    /** A share's status, and the VM it belongs to: the first id of this machine. */
    public record Mount(@JsonUnwrapped ShareStatus status, String vm) {}

    @GET
    @RolesAllowed(Roles.SHARES_READ)
    @Operation(summary = "This agent's shares, and how they reach it")
    public Mounts list() {
        return new Mounts(
                agent.statuses().stream()
                        .map(status -> new Mount(status, agent.vmIds().get(0)))
                        .toList(),
                agent.mode());
    }
}
