package io.heddle.http.fleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.heddle.fleet.Group;
import io.heddle.fleet.GroupStatus;
import io.heddle.fleet.Groups;
import io.heddle.http.BadFieldException;
import io.heddle.http.JsonBody;
import io.heddle.http.Problem;
import io.heddle.http.Query;
import io.heddle.http.fleet.FanOutAnswers.GroupAnswer;
import io.heddle.http.security.Roles;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The members of groups; a group's VMs have the same shares. */
@Path("/api/v1/groups")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "fleet")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
@APIResponse(
        responseCode = "404",
        description = "group-not-found",
        content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
@APIResponse(
        responseCode = "503",
        description = "broker-unreachable, no-jetstream or outcome-unknown: try again",
        content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
public class GroupsResource {

    private static final String ANSWER = """
            {"group":{"name":"class-7b","vms":["vm-1","vm-2"],"leaving":[],"shares":[{"id":"team-data",
             "mount_point":"/run/weft/shares/team-data","backend":"cubefs","readonly":false,"volume":"team-data"}],
             "unfinished_changes":0,"deleting":false,"revision":12},"total":2,"done":2,"failed":[]}""";

    private final FleetAccess access;
    private final FanOutAnswers answers;

    GroupsResource(FleetAccess access, FanOutAnswers answers) {
        this.access = access;
        this.answers = answers;
    }

    /**
     * Groups by name.
     *
     * @param next the {@code after} of the next page; absent on the last
     */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record GroupList(List<Group> groups, @Nullable String next) {}

    @RegisterForReflection
    public record Members(@Nullable List<@Nullable String> vms) {}

    @RegisterForReflection
    public record MemberChanges(
            @Nullable List<@Nullable String> add, @Nullable List<@Nullable String> remove) {}

    @GET
    @RolesAllowed(Roles.SHARES_READ)
    @Operation(summary = "Groups by name: members and shares, without credentials")
    @Parameter(name = "limit", in = ParameterIn.QUERY, description = "1 to 1000; 100 is the default")
    @Parameter(name = "after", in = ParameterIn.QUERY, description = "the page's next")
    public Uni<GroupList> list(@Context HttpServerRequest request) {
        Query query = Query.of(request.query());
        int count = FleetAccess.limit(query);
        return groups().list(FleetAccess.after(query), count + 1).map(page -> {
            boolean more = page.size() > count;
            List<Group> shown = more ? page.subList(0, count) : page;
            return new GroupList(shown, more ? shown.get(count - 1).name() : null);
        });
    }

    @GET
    @RolesAllowed(Roles.SHARES_READ)
    @Path("{group}")
    @Operation(summary = "One group: members and shares, without credentials")
    public Uni<Group> get(@PathParam("group") String group) {
        return groups().get(name(group));
    }

    @PUT
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @Path("{group}")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Create a group, or replace its members",
            description =
                    "VMs that join get the group's shares. VMs that leave lose them, except those of their other groups; "
                            + "they stay in leaving until the stream has acknowledged their unmounts.")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(implementation = GroupAnswer.class), example = ANSWER))
    @APIResponse(
            responseCode = "409",
            description = "group-changed: another client changed the members at the same time",
            content = @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
    public Uni<GroupAnswer> put(
            @PathParam("group") String group,
            @RequestBody(
                            content =
                                    @Content(
                                            schema = @Schema(implementation = Members.class),
                                            example = "{\"vms\":[\"vm-1\",\"vm-2\"]}"))
                    byte[] body) {
        List<@Nullable String> vms = JsonBody.read(body, Members.class).vms();
        if (vms == null) {
            throw new BadFieldException("vms", "vms is missing: a list of VM ids");
        }
        return answers.group(groups().put(name(group), checked("vms", vms)));
    }

    @PATCH
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @Path("{group}")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(summary = "Add and remove members", description = "Two concurrent changes both take effect.")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(implementation = GroupAnswer.class), example = ANSWER))
    public Uni<GroupAnswer> patch(
            @PathParam("group") String group,
            @RequestBody(
                            content =
                                    @Content(
                                            schema = @Schema(implementation = MemberChanges.class),
                                            example = "{\"add\":[\"vm-3\"],\"remove\":[\"vm-1\"]}"))
                    byte[] body) {
        MemberChanges changes = JsonBody.read(body, MemberChanges.class);
        return answers.group(
                groups().patch(name(group), checked("add", changes.add()), checked("remove", changes.remove())));
    }

    @DELETE
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @Path("{group}")
    @Operation(
            summary = "Delete a group: all members leave",
            description = "The group is deleted when all unmounts are acknowledged.")
    public Uni<GroupAnswer> delete(@PathParam("group") String group) {
        return answers.group(groups().delete(name(group)));
    }

    @GET
    @RolesAllowed(Roles.SHARES_READ)
    @Path("{group}/status")
    @Operation(
            summary = "The status of the group's shares on its members",
            description =
                    "Every member is in exactly one of the lists mounted, pending, failed and silent of each share.")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(implementation = GroupStatus.class), example = """
                                    {"group":"class-7b","shares":[{"id":"team-data",
                                     "mount_point":"/run/weft/shares/team-data","total":3,"mounted":["vm-1"],"pending":[],
                                     "failed":[{"vm":"vm-2","state":"RETRYING","error":"the client exited with 1"}],
                                     "silent":["vm-3"]}],"leaving":[],"unfinished_changes":0}"""))
    public Uni<GroupStatus> status(@PathParam("group") String group) {
        return groups().get(name(group)).map(access.fleet().vms()::status);
    }

    private Groups groups() {
        return access.fleet().groups();
    }

    static String name(String group) {
        return FleetAccess.valid("group", group, Group::requireName);
    }

    private static List<String> checked(String field, @Nullable List<@Nullable String> vms) {
        if (vms == null) {
            return List.of();
        }
        return vms.stream()
                .map(vm -> {
                    if (vm == null) {
                        throw new BadFieldException(field, field + " contains null");
                    }
                    return FleetAccess.validVm(field, vm);
                })
                .toList();
    }
}
