package io.heddle.http.fleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.heddle.fleet.VmEvent;
import io.heddle.fleet.VmView;
import io.heddle.fleet.Vms;
import io.heddle.http.Problem;
import io.heddle.http.event.EventFrame;
import io.heddle.http.event.EventStreams;
import io.heddle.http.security.Roles;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** How all VMs stand: what is wanted beside what their agents report. */
@Path("/api/v1/vms")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "fleet")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class VmsResource {

    /** At {@code /vms/events}: an asterisk means the stream. */
    private static final String EVENTS = MediaType.SERVER_SENT_EVENTS + ";qs=1.0";

    private static final String VM_OF_THAT_NAME = MediaType.APPLICATION_JSON + ";qs=0.5";

    private static final String EXAMPLE = """
            {"vm":"vm-17","aliases":[],"agent":"live","silent":false,"last_seen":"2026-04-19T10:00:00Z","in_sync":false,
             "version":"1.0.0","mode":"jetstream","shares":[{"id":"team-data","in_sync":false,
             "desired":{"id":"team-data","mount_point":"/run/weft/shares/team-data","backend":"cubefs","readonly":false},
             "reported":{"id":"team-data","state":"RETRYING","since":"2026-04-19T09:59:58Z","attempts":3,
             "error":"the client exited with 1","mount_point":"/run/weft/shares/team-data","backend":"cubefs",
             "readonly":false}}]}""";

    /** Numbers of events are this process's own: a client that comes from another one, or from before a restart, begins anew. */
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
     * @param next what to give as {@code after} for more; absent at the end
     * @param complete whether this replica has read everything that is wanted; before that VMs and shares may be missing
     */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record VmList(List<VmView> vms, @Nullable String next, boolean complete) {}

    @GET
    @RolesAllowed(Roles.SHARES_READ)
    @Operation(
            summary = "VMs by id: what is wanted beside what is reported",
            description =
                    "agent is live, late (one or two reports missed), silent (three missed) or unheard (this replica "
                            + "has not listened for long enough to say).")
    public VmList list(
            @Parameter(description = "from 1 to 1000; 100 when absent") @QueryParam("limit") @Nullable Integer limit,
            @Parameter(description = "the id after which the list begins") @QueryParam("after") @Nullable String after,
            @Parameter(description = "only VMs that are late, silent or not in sync")
                    @QueryParam("problem")
                    @DefaultValue("false")
                    boolean problem) {
        Vms vms = access.fleet().vms();
        int count = FleetAccess.limit(limit);
        List<VmView> page = vms.page(FleetAccess.after(after), count + 1, problem);
        boolean more = page.size() > count;
        List<VmView> shown = more ? page.subList(0, count) : page;
        return new VmList(shown, more ? shown.get(count - 1).vm() : null, vms.isComplete());
    }

    @GET
    @RolesAllowed(Roles.SHARES_READ)
    @Path("{vm}")
    @Operation(summary = "One VM: what is wanted beside what is reported")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(implementation = VmView.class), example = EXAMPLE))
    @APIResponse(
            responseCode = "404",
            description = "vm-not-found: nothing was ever wanted there, and it never reported",
            content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
    public Response get(@PathParam("vm") String vm) {
        VmSharesResource.requireVm(vm);
        return access.fleet()
                .vms()
                .get(vm)
                .map(view -> Response.ok(view).build())
                .orElseGet(() -> Problem.response(
                                Response.Status.NOT_FOUND,
                                "vm-not-found",
                                "There is no such VM",
                                "nothing was ever wanted on this VM, and it never reported",
                                "vm")
                        .build());
    }

    @GET
    @RolesAllowed(Roles.SHARES_READ)
    @Path("events")
    @Produces(VM_OF_THAT_NAME)
    @Operation(hidden = true)
    public Response getEvents() {
        return get("events");
    }

    @GET
    @RolesAllowed(Roles.SHARES_READ)
    @Path("events")
    @Produces(EVENTS)
    @Operation(
            summary = "All VMs as they are, synced, and then each VM that changes",
            description =
                    "Changes are gathered for a quarter of a second, and for as long as the client does not read: each "
                            + "event vm has the whole newest state of one VM. removed has {\"vm\"}. With Last-Event-ID the stream "
                            + "goes on where it was; where that is not possible it begins with reset.")
    @APIResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.SERVER_SENT_EVENTS,
                            schema = @Schema(implementation = VmView.class),
                            example = """
                                    event: vm
                                    id: 5f0c1a2b.17
                                    data: {"vm":"vm-17","aliases":[],"agent":"live","silent":false,"in_sync":true,"shares":[]}

                                    event: synced
                                    id: 5f0c1a2b.17
                                    data: {}

                                    """))
    public Uni<Void> events(
            @Context HttpServerRequest request, @HeaderParam("Last-Event-ID") @Nullable String lastEventId) {
        Vms vms = access.fleet().vms();
        Long after = changeOf(lastEventId, vms.lastChange());
        Multi<EventFrame> frames = vms.events(after == null ? 0 : after).map(this::frame);
        if (after == null && lastEventId != null && !lastEventId.isEmpty()) {
            EventFrame reset = streams.frame("reset", null, Map.of());
            frames = Multi.createBy().concatenating().streams(Multi.createFrom().item(reset), frames);
        }
        return streams.serve(request, frames);
    }

    private EventFrame frame(VmEvent event) {
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

    /** Where a client left off; null when that says nothing here. */
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
