package io.heddle.http.fleet;

import io.heddle.fleet.Groups;
import io.heddle.http.BadFieldException;
import io.heddle.http.fleet.FanOutAnswers.FanOutLine;
import io.heddle.http.security.Roles;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRules;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/**
 * The shares of groups. What the client accepts decides how it is told: a summary in the end, or the progress as it goes, as
 * NDJSON or as server-sent events. A client that goes away ends nothing but its answer.
 */
@Path("/api/v1/groups/{group}/shares/{id}")
@Tag(name = "fleet")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class GroupSharesResource {

    /** An asterisk means JSON. */
    private static final String JSON = MediaType.APPLICATION_JSON + ";qs=1.0";

    private static final String NDJSON = "application/x-ndjson;qs=0.6";
    private static final String EVENTS = MediaType.SERVER_SENT_EVENTS + ";qs=0.5";

    private static final String SHARE = """
            {"mount_point":"/run/weft/shares/team-data","readonly":false,"cubefs":{"volume":"team-data",
             "masters":["10.9.0.1:17010"],"owner":"team-alpha","access_key":"…","secret_key":"…"}}""";
    private static final String SUMMARY = """
            {"share":"team-data","total":1000,"done":999,"failed":[{"vm":"vm-17","reason":"no answer in time"}],
             "finished":true}""";
    private static final String PUT_SUMMARY = "Give a share to every member, now and to those who join later";
    private static final String PUT_DESCRIPTION =
            "The body is a ShareMount without its id. It is validated, written into "
                    + "the group's record and then published to every member; a member that fails is named and tried again later, the "
                    + "others go on. Repeating it is safe. Accept: application/x-ndjson or text/event-stream tells the progress.";
    private static final String DELETE_SUMMARY = "Take a share from every member";
    private static final String DELETE_DESCRIPTION =
            "Members of another group that gives the share keep it. Otherwise as PUT.";

    private final FleetAccess access;
    private final FanOutAnswers answers;
    private final ShareRules rules;

    GroupSharesResource(FleetAccess access, FanOutAnswers answers, MountsConfig config) {
        this.access = access;
        this.answers = answers;
        this.rules = ShareRules.of(config);
    }

    @PUT
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(JSON)
    @Operation(summary = PUT_SUMMARY, description = PUT_DESCRIPTION)
    @APIResponse(
            responseCode = "200",
            content = {
                @Content(
                        mediaType = MediaType.APPLICATION_JSON,
                        schema = @Schema(implementation = FanOutLine.class),
                        example = SUMMARY)
            })
    public Uni<FanOutLine> put(
            @PathParam("group") String group,
            @PathParam("id") String id,
            @RequestBody(content = @Content(schema = @Schema(type = SchemaType.OBJECT), example = SHARE)) byte[] body) {
        return answers.summary(id, give(group, id, body));
    }

    @PUT
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(NDJSON)
    @Operation(hidden = true)
    public Multi<FanOutLine> putWithLines(@PathParam("group") String group, @PathParam("id") String id, byte[] body) {
        return answers.lines(id, give(group, id, body));
    }

    @PUT
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(EVENTS)
    @Operation(hidden = true)
    public Uni<Void> putWithEvents(
            @Context HttpServerRequest request,
            @PathParam("group") String group,
            @PathParam("id") String id,
            byte[] body) {
        return answers.events(request, id, give(group, id, body));
    }

    @DELETE
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @Produces(JSON)
    @Operation(summary = DELETE_SUMMARY, description = DELETE_DESCRIPTION)
    public Uni<FanOutLine> delete(@PathParam("group") String group, @PathParam("id") String id) {
        return answers.summary(id, take(group, id));
    }

    @DELETE
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @Produces(NDJSON)
    @Operation(hidden = true)
    public Multi<FanOutLine> deleteWithLines(@PathParam("group") String group, @PathParam("id") String id) {
        return answers.lines(id, take(group, id));
    }

    @DELETE
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @Produces(EVENTS)
    @Operation(hidden = true)
    public Uni<Void> deleteWithEvents(
            @Context HttpServerRequest request, @PathParam("group") String group, @PathParam("id") String id) {
        return answers.events(request, id, take(group, id));
    }

    private Uni<Groups.Update> give(String group, String id, byte[] body) {
        ShareMount share = ShareMessages.parse(id, body, rules);
        if (!share.isMount()) {
            throw new BadFieldException("action", "must be mount: DELETE takes a share from a group");
        }
        return access.fleet().groups().putShare(GroupsResource.name(group), share);
    }

    private Uni<Groups.Update> take(String group, String id) {
        return access.fleet().groups().removeShare(GroupsResource.name(group), id);
    }
}
