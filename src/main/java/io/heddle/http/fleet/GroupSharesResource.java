package io.heddle.http.fleet;

import io.heddle.fleet.Groups;
import io.heddle.http.BadFieldException;
import io.heddle.http.fleet.FanOutAnswers.FanOutLine;
import io.heddle.http.security.Roles;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRules;
import io.heddle.mount.ShareText;
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
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/**
 * The shares of groups. {@code Accept} selects the answer: a summary at the end, or the progress as NDJSON or server-sent events. A
 * change goes on when its client disconnects.
 */
@Path("/api/v1/groups/{group}/shares/{id}")
@Tag(name = "fleet")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class GroupSharesResource {

    /** {@code Accept: *}{@code /*} selects JSON. */
    private static final String JSON = MediaType.APPLICATION_JSON + ";qs=1.0";

    private static final String NDJSON = "application/x-ndjson;qs=0.6";
    private static final String EVENTS = MediaType.SERVER_SENT_EVENTS + ";qs=0.5";

    static final String SHARE_ID = "^" + ShareText.NAME + "$";

    static final String SHARE = """
            {"mount_point":"/run/weft/shares/team-data","readonly":false,"cubefs":{"volume":"team-data",
             "masters":["10.9.0.1:17010"],"owner":"team-alpha","access_key":"…","secret_key":"…"}}""";
    private static final String SUMMARY = """
            {"share":"team-data","total":1000,"done":999,"failed":[{"vm":"vm-17","reason":"no answer in time"}],
             "finished":true}""";
    private static final String PROGRESS = """
            event: finished
            data: {"share":"team-data","total":1000,"done":1000,"failed":[],"finished":true}

            """;
    private static final String DONE =
            "The members that the change has reached; with the other media types also the progress";
    private static final String PUT_SUMMARY = "Publish a share to every member, and to those that join later";
    private static final String PUT_DESCRIPTION =
            "The body is a ShareMount without its id. It is validated, stored in the group's record and published to every "
                    + "member. A member that fails is named and retried later; the others are not affected. The request is safe to "
                    + "repeat. Accept: application/x-ndjson or text/event-stream reports the progress.";
    private static final String DELETE_SUMMARY = "Remove a share from every member";
    private static final String DELETE_DESCRIPTION =
            "Members of another group with the share keep it. Otherwise as PUT.";

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
    @Operation(operationId = "giveShareToGroup", summary = PUT_SUMMARY, description = PUT_DESCRIPTION)
    @APIResponse(
            responseCode = "200",
            description = DONE,
            content = {
                @Content(
                        mediaType = MediaType.APPLICATION_JSON,
                        schema = @Schema(implementation = FanOutLine.class),
                        example = SUMMARY),
                @Content(mediaType = "application/x-ndjson", schema = @Schema(type = SchemaType.STRING)),
                @Content(
                        mediaType = MediaType.SERVER_SENT_EVENTS,
                        schema = @Schema(type = SchemaType.STRING),
                        example = PROGRESS)
            })
    @APIResponse(responseCode = "404", description = "`group-not-found`")
    @APIResponse(
            responseCode = "409",
            description = "`group-changed`: another client changed the group at the same time")
    @APIResponse(responseCode = "413", description = "`too-large` or `group-too-large`; `field` names the member")
    public Uni<FanOutLine> put(
            @Parameter(
                            description = "the group's name",
                            schema = @Schema(type = SchemaType.STRING, pattern = GroupsResource.GROUP))
                    @PathParam("group")
                    String group,
            @Parameter(description = "the share's id", schema = @Schema(type = SchemaType.STRING, pattern = SHARE_ID))
                    @PathParam("id")
                    String id,
            @RequestBody(
                            required = true,
                            content =
                                    @Content(
                                            mediaType = MediaType.APPLICATION_JSON,
                                            schema = @Schema(implementation = ShareDescription.class),
                                            example = SHARE))
                    byte[] body) {
        return answers.summary(id, publish(group, id, body));
    }

    @PUT
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(NDJSON)
    @Operation(hidden = true)
    public Multi<FanOutLine> putWithLines(@PathParam("group") String group, @PathParam("id") String id, byte[] body) {
        return answers.lines(id, publish(group, id, body));
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
        return answers.events(request, id, publish(group, id, body));
    }

    @DELETE
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @Produces(JSON)
    @Operation(operationId = "takeShareFromGroup", summary = DELETE_SUMMARY, description = DELETE_DESCRIPTION)
    @APIResponse(
            responseCode = "200",
            description = DONE,
            content = {
                @Content(
                        mediaType = MediaType.APPLICATION_JSON,
                        schema = @Schema(implementation = FanOutLine.class),
                        example = SUMMARY),
                @Content(mediaType = "application/x-ndjson", schema = @Schema(type = SchemaType.STRING)),
                @Content(
                        mediaType = MediaType.SERVER_SENT_EVENTS,
                        schema = @Schema(type = SchemaType.STRING),
                        example = PROGRESS)
            })
    @APIResponse(responseCode = "404", description = "`group-not-found`")
    @APIResponse(
            responseCode = "409",
            description = "`group-changed`: another client changed the group at the same time")
    public Uni<FanOutLine> delete(
            @Parameter(
                            description = "the group's name",
                            schema = @Schema(type = SchemaType.STRING, pattern = GroupsResource.GROUP))
                    @PathParam("group")
                    String group,
            @Parameter(description = "the share's id", schema = @Schema(type = SchemaType.STRING, pattern = SHARE_ID))
                    @PathParam("id")
                    String id) {
        return answers.summary(id, remove(group, id));
    }

    @DELETE
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @Produces(NDJSON)
    @Operation(hidden = true)
    public Multi<FanOutLine> deleteWithLines(@PathParam("group") String group, @PathParam("id") String id) {
        return answers.lines(id, remove(group, id));
    }

    @DELETE
    @RolesAllowed(Roles.SHARES_PUBLISH)
    @Produces(EVENTS)
    @Operation(hidden = true)
    public Uni<Void> deleteWithEvents(
            @Context HttpServerRequest request, @PathParam("group") String group, @PathParam("id") String id) {
        return answers.events(request, id, remove(group, id));
    }

    private Uni<Groups.Update> publish(String group, String id, byte[] body) {
        ShareMount share = ShareMessages.parse(id, body, rules);
        if (!share.isMount()) {
            throw new BadFieldException("action", "action must be mount: DELETE removes a share from a group");
        }
        return access.fleet().groups().putShare(GroupsResource.name(group), share);
    }

    private Uni<Groups.Update> remove(String group, String id) {
        return access.fleet().groups().removeShare(GroupsResource.name(group), id);
    }
}
