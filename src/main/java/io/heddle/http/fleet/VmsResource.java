package io.heddle.http.fleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.heddle.fleet.VmEvent;
import io.heddle.fleet.VmView;
import io.heddle.fleet.Vms;
import io.heddle.http.Problem;
import io.heddle.http.ProblemException;
import io.heddle.http.ProblemType;
import io.heddle.http.Query;
import io.heddle.http.event.EventStreams;
import io.heddle.http.security.Roles;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The status of all VMs: desired beside reported. */
@Path("/api/v1/vms")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "fleet")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class VmsResource {

    static final String VM = "^[^\\s.*>]+$";

    /** At {@code /vms/events}: {@code Accept: *}{@code /*} selects the stream. */
    private static final String EVENTS = MediaType.SERVER_SENT_EVENTS + ";qs=1.0";

    private static final String VM_OF_THAT_NAME = MediaType.APPLICATION_JSON + ";qs=0.5";

    private static final String EXAMPLE = """
            {"vm":"vm-17","aliases":[],"agent":"live","silent":false,"last_seen":"2026-04-19T10:00:00Z","in_sync":false,
             "version":"1.0.0","mode":"jetstream","shares":[{"id":"team-data","in_sync":false,
             "desired":{"id":"team-data","mount_point":"/run/weft/shares/team-data","backend":"cubefs","readonly":false},
             "reported":{"id":"team-data","state":"RETRYING","since":"2026-04-19T09:59:58Z","attempts":3,
             "error":"the client exited with 1","mount_point":"/run/weft/shares/team-data","backend":"cubefs",
             "readonly":false}}]}""";

    /** Event numbers are valid in this process only: a client of another one, or of a previous run, gets a reset. */
    private final String epoch = UUID.randomUUID().toString().substring(0, 8);

    private final FleetAccess access;
    private final EventStreams streams;

    VmsResource(FleetAccess access, EventStreams streams) {
        this.access = access;
        this.streams = streams;
    }

    /**
     * VMs by id.
     *
     * @param next the {@code after} of the next page; absent on the last
     * @param complete whether this replica has read all desired states; until then VMs and shares may be missing
     */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record VmList(List<VmView> vms, @Nullable String next, boolean complete) {}

    @GET
    @RolesAllowed(Roles.SHARES_READ)
    @Operation(
            operationId = "listVms",
            summary = "VMs by id: desired beside reported",
            description =
                    "agent is live, late (one or two reports missed), silent (three missed) or unheard (this replica "
                            + "has not listened for long enough).")
    @Parameter(
            name = "limit",
            in = ParameterIn.QUERY,
            description = "the number of VMs of a page",
            schema =
                    @Schema(
                            type = SchemaType.INTEGER,
                            format = "int32",
                            minimum = "1",
                            maximum = "1000",
                            defaultValue = "100"))
    @Parameter(
            name = "after",
            in = ParameterIn.QUERY,
            description = "next of the previous page",
            schema = @Schema(type = SchemaType.STRING))
    @Parameter(
            name = "problem",
            in = ParameterIn.QUERY,
            description = "true: only VMs that are late, silent or not in sync",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @APIResponse(
            responseCode = "200",
            description = "A page of VMs",
            content = @Content(schema = @Schema(implementation = VmList.class)))
    public VmList list(@Context HttpServerRequest request) {
        Query query = Query.of(request.query());
        Vms vms = access.fleet().vms();
        int count = FleetAccess.limit(query);
        List<VmView> page = vms.page(FleetAccess.after(query), count + 1, query.flag("problem"));
        boolean more = page.size() > count;
        List<VmView> shown = more ? page.subList(0, count) : page;
        return new VmList(shown, more ? shown.get(count - 1).vm() : null, vms.isComplete());
    }

    @GET
    @RolesAllowed(Roles.SHARES_READ)
    @Path("{vm}")
    @Operation(operationId = "getVm", summary = "One VM: desired beside reported")
    @APIResponse(
            responseCode = "200",
            description = "The VM",
            content = @Content(schema = @Schema(implementation = VmView.class), example = EXAMPLE))
    @APIResponse(responseCode = "404", description = "`vm-not-found`: it has no desired share and never reported")
    public VmView get(
            @Parameter(
                            description = "the VM's id",
                            schema = @Schema(type = SchemaType.STRING, maxLength = 256, pattern = VM))
                    @PathParam("vm")
                    String vm) {
        return access.fleet()
                .vms()
                .get(FleetAccess.validVm("vm", vm))
                .orElseThrow(() -> new ProblemException(
                        Problem.of(ProblemType.VM_NOT_FOUND, "the VM has no desired share and never reported")
                                .at("vm")));
    }

    @DELETE
    @RolesAllowed(Roles.ADMIN)
    @Path("{vm}")
    @Operation(
            operationId = "forgetVm",
            summary = "Forget a VM without desired shares",
            description = "For administrators. Removes it from this replica's list; a VM that reports again returns.")
    @APIResponse(responseCode = "204", description = "Forgotten")
    @APIResponse(responseCode = "404", description = "`vm-not-found`: it has no desired share and never reported")
    @APIResponse(responseCode = "409", description = "`vm-in-use`: unmount its shares first")
    public void forget(
            @Parameter(
                            description = "the VM's id",
                            schema = @Schema(type = SchemaType.STRING, maxLength = 256, pattern = VM))
                    @PathParam("vm")
                    String vm) {
        if (get(vm).shares().stream().anyMatch(share -> share.desired() != null)) {
            throw new ProblemException(ProblemType.VM_IN_USE, vm + " has desired shares: unmount them first");
        }
        access.fleet().vms().forget(vm);
    }

    @GET
    @RolesAllowed(Roles.SHARES_READ)
    @Path("events")
    @Produces(VM_OF_THAT_NAME)
    @Operation(hidden = true)
    public VmView getEvents() {
        return get("events");
    }

    @GET
    @RolesAllowed(Roles.SHARES_READ)
    @Path("events")
    @Produces(EVENTS)
    @Operation(
            operationId = "followVmEvents",
            summary = "All VMs, synced, and then each VM that changes",
            description =
                    "Server-sent events. Changes are collected for a quarter of a second, and for as long as the client does not read: each "
                            + "event vm has the whole latest state of one VM, a VmView. removed has {\"vm\"}. With Last-Event-ID the "
                            + "stream resumes after that event; if that is not possible it begins with reset.")
    @APIResponse(
            responseCode = "200",
            description = "The events, until the client disconnects",
            content =
                    @Content(
                            mediaType = MediaType.SERVER_SENT_EVENTS,
                            schema = @Schema(type = SchemaType.STRING),
                            example = """
                                    event: vm
                                    id: 5f0c1a2b.17
                                    data: {"vm":"vm-17","aliases":[],"agent":"live","silent":false,"in_sync":true,"shares":[]}

                                    event: synced
                                    id: 5f0c1a2b.17
                                    data: {}

                                    """))
    public Uni<Void> events(
            @Context HttpServerRequest request,
            @Parameter(description = "sent by EventSource itself", schema = @Schema(type = SchemaType.STRING))
                    @HeaderParam("Last-Event-ID")
                    @Nullable
                    String lastEventId) {
        Vms vms = access.fleet().vms();
        Long after = changeOf(lastEventId, vms.lastChange());
        Multi<Buffer> frames = vms.events(after == null ? 0 : after).map(this::frame);
        if (after == null && lastEventId != null && !lastEventId.isEmpty()) {
            Buffer reset = streams.frame("reset", null, Map.of());
            frames = Multi.createBy().concatenating().streams(Multi.createFrom().item(reset), frames);
        }
        return streams.serve(request, frames);
    }

    private Buffer frame(VmEvent event) {
        if (event instanceof VmEvent.Changed changed) {
            return streams.frame("vm", id(changed.change()), changed.vm());
        } else if (event instanceof VmEvent.Removed removed) {
            return streams.frame("removed", id(removed.change()), Map.of("vm", removed.vm()));
        }
        return streams.frame("synced", id(((VmEvent.Synced) event).change()), Map.of());
    }

    private String id(long change) {
        return epoch + "." + change;
    }

    /** Returns the number of the client's last event; null if the id is not of this process. */
    private @Nullable Long changeOf(@Nullable String eventId, long newest) {
        if (eventId == null || !eventId.startsWith(epoch + ".")) {
            return null;
        }
        try {
            long change = Long.parseLong(eventId.substring(epoch.length() + 1));
            return change >= 0 && change <= newest ? change : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
