package io.heddle.http.mount;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.heddle.http.event.EventStreams;
import io.heddle.http.security.Roles;
import io.heddle.mount.DeliveryMode;
import io.heddle.mount.NodeAgent;
import io.heddle.mount.ShareEvent.Changed;
import io.heddle.mount.ShareStatus;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The shares of this node agent. */
@Path("/api/v1/mounts")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "shares")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class MountsResource {

    private final NodeAgent agent;
    private final EventStreams streams;

    MountsResource(NodeAgent agent, EventStreams streams) {
        this.agent = agent;
        this.streams = streams;
    }

    public record Mounts(List<Mount> mounts, DeliveryMode mode) {}

    /** A share's status, and the VM it belongs to: the first id of this machine. */
    public record Mount(@JsonUnwrapped ShareStatus status, String vm) {}

    @GET
    @RolesAllowed(Roles.SHARES_READ)
    @Operation(operationId = "listMounts", summary = "This node agent's shares, and how messages reach it")
    @APIResponse(
            responseCode = "200",
            description = "The shares",
            content = @Content(schema = @Schema(implementation = Mounts.class)))
    public Mounts list() {
        return new Mounts(agent.statuses().stream().map(this::mount).toList(), agent.mode());
    }

    @GET
    @Path("events")
    @RolesAllowed(Roles.SHARES_READ)
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Operation(
            operationId = "followMountEvents",
            summary = "This node agent's shares, then each change",
            description =
                    "Server-sent events. Each event is named share and has one entry of GET /mounts, a Mount. A client that reads too slowly gets "
                            + "event evicted, and the stream ends.")
    @APIResponse(
            responseCode = "200",
            description = "The events, until the client disconnects",
            content =
                    @Content(
                            mediaType = MediaType.SERVER_SENT_EVENTS,
                            schema = @Schema(type = SchemaType.STRING),
                            example = """
                                    event: share
                                    data: {"id":"team-data","state":"MOUNTED","since":"2026-04-19T10:00:00Z","attempts":1,\
                                    "mount_point":"/run/weft/shares/team-data","backend":"cubefs","readonly":false,\
                                    "vm":"vm-1"}

                                    """))
    public Uni<Void> events(@Context HttpServerRequest request) {
        return streams.serve(
                request,
                agent.events()
                        .filter(Changed.class::isInstance)
                        .map(event -> streams.frame("share", null, mount(((Changed) event).status()))));
    }

    private Mount mount(ShareStatus status) {
        return new Mount(status, agent.vmIds().get(0));
    }
}
