package io.heddle.http.fleet;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.heddle.fleet.SharePublisher;
import io.heddle.http.security.Roles;
import io.heddle.mount.DeliveryMode;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRules;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.ResponseStatus;

/** Publishing shares to one VM. */
@Path("/api/v1/vms/{vm}/shares/{id}")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "shares")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class VmSharesResource {

    private final SharePublisher publisher;
    private final ShareRules rules;

    VmSharesResource(SharePublisher publisher, MountsConfig config) {
        this.publisher = publisher;
        this.rules = ShareRules.of(config);
    }

    @JsonNaming(SnakeCaseStrategy.class)
    public record Accepted(long streamSequence, DeliveryMode delivery) {}

    @PUT
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @Consumes(MediaType.APPLICATION_JSON)
    @ResponseStatus(202)
    @Operation(
            summary = "Publish a share's desired state to a VM",
            description = "The body is a ShareMount without its id. It is validated before it is published.")
    public Uni<Accepted> put(@PathParam("vm") String vm, @PathParam("id") String id, byte[] body) {
        return publish(FleetAccess.validVm("vm", vm), ShareMessages.parse(id, body, rules));
    }

    @DELETE
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @ResponseStatus(202)
    @Operation(
            summary = "Publish the unmount of a share to a VM",
            description = "The message has the share's last mount point if the stream has it.")
    public Uni<Accepted> delete(@PathParam("vm") String vm, @PathParam("id") String id) {
        return publish(FleetAccess.validVm("vm", vm), ShareMount.unmount(id, ""));
    }

    private Uni<Accepted> publish(String vm, ShareMount share) {
        return publisher
                .publish(vm, share)
                .map(published -> new Accepted(published.streamSequence(), published.delivery()));
    }
}
