package io.heddle.http.hold;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.heddle.hold.FilePath;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.Holds;
import io.heddle.hold.HoldsStatus;
import io.heddle.hold.InvalidHolderException;
import io.heddle.hold.ReleaseOutcome;
import io.heddle.http.BadFieldException;
import io.heddle.http.JsonBody;
import io.heddle.http.Problem;
import io.heddle.http.ProblemException;
import io.heddle.http.ProblemType;
import io.heddle.http.Query;
import io.heddle.http.hold.HoldBody.Announce;
import io.heddle.http.security.Caller;
import io.heddle.http.security.Roles;
import io.heddle.text.Text;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
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

/** Announces, lists and releases holds. */
@Path("/api/v1/holds")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "holds")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class HoldsResource {

    private static final int MOST_LISTED = 1000;
    /** The name in {@code by} of a hold that was released by force. */
    private static final String ADMINISTRATOR = "administrator";

    private final HoldService holds;
    private final Caller caller;

    HoldsResource(HoldService holds, Caller caller) {
        this.holds = holds;
        this.caller = caller;
    }

    /**
     * A page of holds, by path.
     *
     * @param revision a revision of the bucket; the page is not older
     * @param now the broker's time, by which holds end
     * @param next the {@code after} of the next page; absent on the last
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "HoldList")
    public record Page(
            List<HoldView> holds,
            long revision,
            Instant now,
            @Nullable String next) {}

    /** Whether a hold was released, or how many were. */
    public record Released(
            @Schema(oneOf = {Boolean.class, Integer.class}) Object released) {}

    @PUT
    @RolesAllowed(Roles.HOLDS_WRITE)
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(operationId = "announceHold", summary = "Hold a file, or renew one's own hold")
    @Parameter(
            name = "path",
            in = ParameterIn.QUERY,
            required = true,
            description = "absolute",
            schema = @Schema(type = SchemaType.STRING, minLength = 1),
            example = "/work/src/App.java")
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = Announce.class)))
    @APIResponse(
            responseCode = "200",
            description = "Held, with the fencing token: a renewal keeps it",
            content = @Content(schema = @Schema(implementation = HoldView.class)))
    @APIResponse(
            responseCode = "409",
            description = "`held-by-another`, with the holder; or `corrupt-hold`",
            content =
                    @Content(
                            mediaType = Problem.MEDIA_TYPE,
                            schema = @Schema(implementation = Problem.class),
                            example = """
                            {"type": "urn:heddle:problem/held-by-another", "title": "Held by another holder",
                             "status": 409, "detail": "/work/src/App.java is held by agent-8 until 2026-04-19T10:00:30Z",
                             "path": "/work/src/App.java",
                             "holder": {"path": "/work/src/App.java", "agent_id": "agent-8",
                                        "claimed_at": "2026-04-19T10:00:00Z", "expires_at": "2026-04-19T10:00:30Z",
                                        "checkout_path": "", "ttl": "30s", "token": 1776592800000000}}"""))
    public Uni<HoldView> announce(@Context HttpServerRequest request, byte[] body) {
        Announce announce = JsonBody.read(body, Announce.class);
        FilePath file = Query.path("path", Query.of(request.query()).require("path"), announce.isDirectory());
        caller.requireAgent(announce.agent());
        return holds.get().announce(announce.of(file)).map(grant -> HoldView.of(grant.hold()));
    }

    /** With the hidden {@code path}, as before {@link #getByPath} existed: the hold of a file. */
    @GET
    @RolesAllowed(Roles.HOLDS_READ)
    @Operation(
            operationId = "listHolds",
            summary = "All holds by path, a page at a time",
            description = "Read from the local index.")
    @Parameter(name = "path", in = ParameterIn.QUERY, hidden = true)
    @Parameter(name = "directory", in = ParameterIn.QUERY, hidden = true)
    @Parameter(
            name = "prefix",
            in = ParameterIn.QUERY,
            description = "only this file or those below this directory",
            schema = @Schema(type = SchemaType.STRING),
            example = "/work")
    @Parameter(
            name = "agent",
            in = ParameterIn.QUERY,
            description = "only this holder's",
            schema = @Schema(type = SchemaType.STRING),
            example = "agent-7")
    @Parameter(
            name = "limit",
            in = ParameterIn.QUERY,
            description = "the number of holds of a page",
            schema =
                    @Schema(
                            type = SchemaType.INTEGER,
                            format = "int32",
                            minimum = "1",
                            maximum = "1000",
                            defaultValue = "1000"))
    @Parameter(
            name = "after",
            in = ParameterIn.QUERY,
            description = "next of the previous page",
            schema = @Schema(type = SchemaType.STRING))
    @APIResponse(
            responseCode = "200",
            description = "A page of holds",
            content = @Content(schema = @Schema(implementation = Page.class), example = """
                    {"holds": [{"path": "/work/src/App.java", "agent_id": "agent-7",
                                "claimed_at": "2026-04-19T10:00:00Z", "expires_at": "2026-04-19T10:00:30Z",
                                "checkout_path": "", "ttl": "30s", "token": 1776592800000000}],
                     "revision": 1776592800000000, "now": "2026-04-19T10:00:12Z"}"""))
    public Uni<?> get(@Context HttpServerRequest request) {
        Query query = Query.of(request.query());
        if (!query.has("path")) {
            return list(query);
        }
        requireAlone(query, "path", List.of("prefix", "agent", "limit", "after"));
        return getByPath(request);
    }

    @GET
    @Path("by-path")
    @RolesAllowed(Roles.HOLDS_READ)
    @Operation(
            operationId = "getHold",
            summary = "The hold of a file or directory",
            description = "Read from the broker.")
    @Parameter(
            name = "path",
            in = ParameterIn.QUERY,
            required = true,
            description = "absolute",
            schema = @Schema(type = SchemaType.STRING, minLength = 1),
            example = "/work/src/App.java")
    @Parameter(
            name = "directory",
            in = ParameterIn.QUERY,
            description = "true: the path is a directory's",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @APIResponse(
            responseCode = "200",
            description = "The hold",
            content = @Content(schema = @Schema(implementation = HoldView.class)))
    @APIResponse(responseCode = "404", description = "`not-held`: no one holds the path")
    @APIResponse(responseCode = "409", description = "`corrupt-hold`: the entry of the path is not a hold")
    public Uni<HoldView> getByPath(@Context HttpServerRequest request) {
        FilePath file = Query.of(request.query()).requireFile("path");
        return holds.get()
                .whoHas(file)
                .map(hold -> HoldView.of(
                        hold.orElseThrow(() -> new ProblemException(ProblemType.NOT_HELD, file + " is not held"))));
    }

    @DELETE
    @RolesAllowed(Roles.HOLDS_WRITE)
    @Operation(
            operationId = "releaseHold",
            summary = "Release a file, all files of a holder, or any entry by force",
            description =
                    "path and agent: {released: true or false}. agent: {released: how many}. path or key, with force=true "
                            + "and without agent: for administrators, also a corrupt entry.")
    @Parameter(
            name = "path",
            in = ParameterIn.QUERY,
            description = "absolute",
            schema = @Schema(type = SchemaType.STRING, minLength = 1),
            example = "/work/src/App.java")
    @Parameter(
            name = "directory",
            in = ParameterIn.QUERY,
            description = "true: the path is a directory's",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @Parameter(
            name = "agent",
            in = ParameterIn.QUERY,
            description = "the holder; required without force",
            schema = @Schema(type = SchemaType.STRING, minLength = 1, maxLength = 512),
            example = "agent-7")
    @Parameter(
            name = "force",
            in = ParameterIn.QUERY,
            description = "true: whoever holds it",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    @Parameter(
            name = "key",
            in = ParameterIn.QUERY,
            description = "with force: a key of the bucket that is not a file's",
            schema = @Schema(type = SchemaType.STRING, pattern = "^[-/_=.A-Za-z0-9]+$"))
    @Parameter(
            name = "reason",
            in = ParameterIn.QUERY,
            description = "with force: why, for the holder that loses it",
            schema = @Schema(type = SchemaType.STRING, maxLength = HoldRequest.LONGEST_REASON),
            example = "the agent has crashed")
    @APIResponse(
            responseCode = "200",
            description = "Whether the hold was released, or how many were",
            content = @Content(schema = @Schema(implementation = Released.class), example = "{\"released\": true}"))
    public Uni<Released> release(@Context HttpServerRequest request) {
        Query query = Query.of(request.query());
        if (query.flag("force")) {
            requireAlone(query, "force", List.of("agent"));
            caller.requireAdmin();
            return force(query).map(Released::new);
        }
        requireAlone(query, "without force", List.of("key", "reason"));
        String agent = query.require("agent");
        caller.requireAgent(agent);
        Uni<Released> released = query.has("path")
                ? holds.get()
                        .release(query.requireFile("path"), agent)
                        .map(outcome -> new Released(outcome == ReleaseOutcome.RELEASED))
                : holds.ready().releaseAll(agent).map(files -> new Released(files.size()));
        return released.onFailure(InvalidHolderException.class)
                .transform(e -> new BadFieldException("agent", String.valueOf(e.getMessage())));
    }

    private Uni<Boolean> force(Query query) {
        if (query.has("path") == query.has("key")) {
            throw new BadFieldException("path", "force needs exactly one of path and key");
        }
        String reason = reason(query);
        String by = reason.isEmpty() ? ADMINISTRATOR : ADMINISTRATOR + " (" + reason + ")";
        return query.has("path")
                ? holds.get().forceRelease(query.requireFile("path"), by)
                : holds.get().forceReleaseKey(Query.key("key", query.require("key")), by);
    }

    private static String reason(Query query) {
        String reason = query.has("reason") ? query.require("reason") : "";
        @Nullable String flaw = Text.flaw(reason);
        if (flaw != null || reason.length() > HoldRequest.LONGEST_REASON) {
            throw new BadFieldException(
                    "reason",
                    "reason " + (flaw == null ? "has more than " + HoldRequest.LONGEST_REASON + " characters" : flaw));
        }
        return reason;
    }

    private Uni<Page> list(Query query) {
        int limit = query.count("limit", MOST_LISTED, MOST_LISTED);
        FilePath after = query.optionalPath("after");
        HoldFilter filter = new HoldFilter(query.optionalFile("prefix"), query.optional("agent"));
        Holds here = holds.ready();
        HoldsStatus status = here.status();
        return here.list(filter, after, limit).chain(page -> {
            FilePath last =
                    page.size() < limit ? null : page.get(page.size() - 1).file();
            Uni<Boolean> more = last == null
                    ? Uni.createFrom().item(false)
                    : here.list(filter, last, 1).map(rest -> !rest.isEmpty());
            return more.map(another -> new Page(
                    page.stream().map(HoldView::of).toList(),
                    status.revision(),
                    status.now(),
                    another && last != null ? last.value() : null));
        });
    }

    private static void requireAlone(Query query, String name, List<String> others) {
        for (String other : others) {
            if (query.has(other)) {
                throw new BadFieldException(other, other + " cannot be combined with " + name);
            }
        }
    }
}
