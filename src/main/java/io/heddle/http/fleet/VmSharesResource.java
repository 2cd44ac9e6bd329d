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
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
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
            operationId = "giveShareToVm",
            summary = "Publish a share's desired state to a VM",
            description = "The body is a ShareMount without its id. It is validated before it is published.")
    @APIResponse(
            responseCode = "202",
            description = "Published, but not applied yet",
            content =
                    @Content(
                            schema = @Schema(implementation = Accepted.class),
                            example = "{\"stream_sequence\": 17, \"delivery\": \"jetstream\"}"))
    public Uni<Accepted> put(
            @Parameter(
                            description = "the VM's id",
                            schema = @Schema(type = SchemaType.STRING, maxLength = 256, pattern = VmsResource.VM))
                    @PathParam("vm")
                    String vm,
            @Parameter(
                            description = "the share's id",
                            schema = @Schema(type = SchemaType.STRING, pattern = GroupSharesResource.SHARE_ID))
                    @PathParam("id")
                    String id,
            @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            schema = @Schema(implementation = ShareDescription.class),
                                            example = GroupSharesResource.SHARE))
                    byte[] body) {
        return publish(FleetAccess.validVm("vm", vm), ShareMessages.parse(id, body, rules));
    }

    @DELETE
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @ResponseStatus(202)
    @Operation(
            operationId = "takeShareFromVm",
            summary = "Publish the unmount of a share to a VM",
            description = "The message has the share's last mount point if the stream has it.")
    @APIResponse(
            responseCode = "202",
            description = "Published, but not applied yet",
            content =
                    @Content(
                            schema = @Schema(implementation = Accepted.class),
                            example = "{\"stream_sequence\": 17, \"delivery\": \"jetstream\"}"))
    public Uni<Accepted> delete(
            @Parameter(
                            description = "the VM's id",
                            schema = @Schema(type = SchemaType.STRING, maxLength = 256, pattern = VmsResource.VM))
                    @PathParam("vm")
                    String vm,
            @Parameter(
                            description = "the share's id",
                            schema = @Schema(type = SchemaType.STRING, pattern = GroupSharesResource.SHARE_ID))
                    @PathParam("id")
                    String id) {
        return publish(FleetAccess.validVm("vm", vm), ShareMount.unmount(id, ""));
    }

    private Uni<Accepted> publish(String vm, ShareMount share) {
        return publisher
                .publish(vm, share)
                .map(published -> new Accepted(published.streamSequence(), published.delivery()));
    }
}
