package io.heddle.http.fleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.heddle.fleet.Group;
import io.heddle.fleet.GroupStatus;
import io.heddle.fleet.Groups;
import io.heddle.http.BadFieldException;
import io.heddle.http.JsonBody;
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
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
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
public class GroupsResource {

    static final String GROUP = "^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$";
    private static final String NO_GROUP = "`group-not-found`";
    private static final String CHANGED = "`group-changed`: another client changed the group at the same time";
    private static final String TOO_LARGE = "`too-large` or `group-too-large`; `field` names the member";

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
    @Schema(requiredProperties = {"vms"})
    public record Members(
            @Nullable @Schema(description = "ids of VMs") List<@Nullable String> vms) {}

    @RegisterForReflection
    public record MemberChanges(
            @Nullable @Schema(description = "ids of VMs") List<@Nullable String> add,
            @Nullable @Schema(description = "ids of VMs") List<@Nullable String> remove) {}

    @GET
    @RolesAllowed(Roles.SHARES_READ)
    @Operation(operationId = "listGroups", summary = "Groups by name: members and shares, without credentials")
    @Parameter(
            name = "limit",
            in = ParameterIn.QUERY,
            description = "the number of groups of a page",
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
    @APIResponse(
            responseCode = "200",
            description = "A page of groups",
            content = @Content(schema = @Schema(implementation = GroupList.class)))
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
    @Operation(operationId = "getGroup", summary = "One group: members and shares, without credentials")
    @APIResponse(
            responseCode = "200",
            description = "The group",
            content = @Content(schema = @Schema(implementation = Group.class)))
    @APIResponse(responseCode = "404", description = NO_GROUP)
    public Uni<Group> get(
            @Parameter(description = "the group's name", schema = @Schema(type = SchemaType.STRING, pattern = GROUP))
                    @PathParam("group")
                    String group) {
        return groups().get(name(group));
    }

    @PUT
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @Path("{group}")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            operationId = "putGroup",
            summary = "Create a group, or replace its members",
            description =
                    "VMs that join get the group's shares. VMs that leave lose them, except those of their other groups; "
                            + "they stay in leaving until the stream has acknowledged their unmounts.")
    @APIResponse(
            responseCode = "200",
            description = "The group, and the members that could not be reached",
            content = @Content(schema = @Schema(implementation = GroupAnswer.class), example = ANSWER))
    @APIResponse(responseCode = "409", description = CHANGED)
    @APIResponse(responseCode = "413", description = TOO_LARGE)
    public Uni<GroupAnswer> put(
            @Parameter(description = "the group's name", schema = @Schema(type = SchemaType.STRING, pattern = GROUP))
                    @PathParam("group")
                    String group,
            @RequestBody(
                            required = true,
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
    @Operation(
            operationId = "changeGroupMembers",
            summary = "Add and remove members",
            description = "Two concurrent changes both take effect.")
    @APIResponse(
            responseCode = "200",
            description = "The group, and the members that could not be reached",
            content = @Content(schema = @Schema(implementation = GroupAnswer.class), example = ANSWER))
    @APIResponse(responseCode = "404", description = NO_GROUP)
    @APIResponse(responseCode = "409", description = CHANGED)
    @APIResponse(responseCode = "413", description = TOO_LARGE)
    public Uni<GroupAnswer> patch(
            @Parameter(description = "the group's name", schema = @Schema(type = SchemaType.STRING, pattern = GROUP))
                    @PathParam("group")
                    String group,
            @RequestBody(
                            required = true,
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
            operationId = "deleteGroup",
            summary = "Delete a group: all members leave",
            description = "The group is deleted when all unmounts are acknowledged.")
    @APIResponse(
            responseCode = "200",
            description = "The group, and the members that could not be reached",
            content = @Content(schema = @Schema(implementation = GroupAnswer.class), example = ANSWER))
    @APIResponse(responseCode = "404", description = NO_GROUP)
    @APIResponse(responseCode = "409", description = CHANGED)
    public Uni<GroupAnswer> delete(
            @Parameter(description = "the group's name", schema = @Schema(type = SchemaType.STRING, pattern = GROUP))
                    @PathParam("group")
                    String group) {
        return answers.group(groups().delete(name(group)));
    }

    @GET
    @RolesAllowed(Roles.SHARES_READ)
    @Path("{group}/status")
    @Operation(
            operationId = "getGroupStatus",
            summary = "The status of the group's shares on its members",
            description =
                    "Every member is in exactly one of the lists mounted, pending, failed and silent of each share.")
    @APIResponse(
            responseCode = "200",
            description = "The status, as this replica knows it",
            content = @Content(schema = @Schema(implementation = GroupStatus.class), example = """
                                    {"group":"class-7b","shares":[{"id":"team-data",
                                     "mount_point":"/run/weft/shares/team-data","total":3,"mounted":["vm-1"],"pending":[],
                                     "failed":[{"vm":"vm-2","state":"RETRYING","error":"the client exited with 1"}],
                                     "silent":["vm-3"]}],"leaving":[],"unfinished_changes":0}"""))
    @APIResponse(responseCode = "404", description = NO_GROUP)
    public Uni<GroupStatus> status(
            @Parameter(description = "the group's name", schema = @Schema(type = SchemaType.STRING, pattern = GROUP))
                    @PathParam("group")
                    String group) {
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
