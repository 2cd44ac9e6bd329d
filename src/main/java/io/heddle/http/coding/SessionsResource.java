package io.heddle.http.coding;

import io.heddle.coding.CodingSessions;
import io.heddle.coding.Contact;
import io.heddle.coding.LostHold;
import io.heddle.coding.Session;
import io.heddle.hold.FilePath;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.HoldFilter;
import io.heddle.http.JsonBody;
import io.heddle.http.Problem;
import io.heddle.http.ProblemException;
import io.heddle.http.ProblemType;
import io.heddle.http.Query;
import io.heddle.http.hold.HoldView;
import io.heddle.http.security.Roles;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Sessions of coding agents. Their holds are renewed by this service while they are in contact. */
@Path("/api/v1/sessions")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "sessions")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
@IfBuildProperty(name = "heddle.coding.enabled", stringValue = "true")
public class SessionsResource {

    private final AgentRequest agent;
    private final CodingSessions sessions;

    SessionsResource(AgentRequest agent, CodingSessions sessions) {
        this.agent = agent;
        this.sessions = sessions;
    }

    @POST
    @Path("hold")
    @RolesAllowed(Roles.HOLDS_WRITE)
    @Operation(
            operationId = "holdSessionFiles",
            summary = "Hold files and directories for a session, all or none",
            description =
                    "The holds are renewed until they are released, the session ends, or it has not been in contact for "
                            + "heddle.coding.idle-timeout. A directory ends with a slash.")
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = SessionBody.Hold.class)))
    @APIResponse(
            responseCode = "200",
            description = "All are held",
            content = @Content(schema = @Schema(implementation = SessionViews.Held.class)))
    @APIResponse(
            responseCode = "409",
            description =
                    "`held-by-another`, with the conflicts, `corrupt-hold` or `session-limit`: none of them is held")
    public Uni<SessionViews.Held> hold(@Context HttpServerRequest request, byte[] body) {
        SessionBody.Hold hold = JsonBody.read(body, SessionBody.Hold.class);
        Contact contact = hold.contact();
        List<FilePath> files = hold.files(agent.paths(request, hold.project(), hold.checkoutPath()));
        boolean shared = Boolean.TRUE.equals(hold.shared());
        String reason = hold.reason() == null ? "" : hold.reason();
        return agent.contact(contact).chain(session -> {
            Uni<Supplier<SessionViews.Held>> answer = session.answer(
                    lost -> agent.waiting(hold.patience(), session.hold(files, shared, reason, hold.patience()))
                            .<Supplier<SessionViews.Held>>map(
                                    held -> () -> SessionViews.Held.of(session.name(), held, lost, now()))
                            .onFailure(HeldByAnotherException.class)
                            .recoverWithItem(e -> () -> {
                                throw refusal(e, lost);
                            }));
            return answer.map(Supplier::get);
        });
    }

    @POST
    @Path("release")
    @RolesAllowed(Roles.HOLDS_WRITE)
    @Operation(
            operationId = "releaseSessionFiles",
            summary = "Release files of a session, or all of them without paths",
            description = "end: the session is over, and everything is released.")
    @RequestBody(required = true, content = @Content(schema = @Schema(implementation = SessionBody.Release.class)))
    @APIResponse(responseCode = "409", description = "`session-limit`: the subject has too many sessions")
    @APIResponse(
            responseCode = "200",
            description = "What was released",
            content = @Content(schema = @Schema(implementation = SessionViews.Released.class)))
    public Uni<SessionViews.Released> release(@Context HttpServerRequest request, byte[] body) {
        SessionBody.Release release = JsonBody.read(body, SessionBody.Release.class);
        Contact contact = release.contact();
        boolean all = release.paths() == null;
        List<FilePath> files =
                all ? List.of() : SessionBody.files(release.paths(), agent.paths(request, release.project(), null));
        return agent.contact(contact).chain(session -> {
            Uni<List<FilePath>> released = Boolean.TRUE.equals(release.end())
                    ? sessions.end(session)
                    : all ? session.releaseAll() : session.release(files);
            return session.answer(lost -> released.map(done -> SessionViews.Released.of(done, lost)));
        });
    }

    @GET
    @Consumes(MediaType.WILDCARD)
    @RolesAllowed(Roles.HOLDS_READ)
    @Operation(
            operationId = "listSessions",
            summary = "Sessions with their holds",
            description =
                    "Those in contact with this replica, and the other holders of the bucket, of which less is known.")
    @Parameter(
            name = "prefix",
            in = ParameterIn.QUERY,
            description = "only holds of this path or below it",
            schema = @Schema(type = SchemaType.STRING),
            example = "/work")
    @Parameter(
            name = "holds",
            in = ParameterIn.QUERY,
            description = "false: without the holds",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "true"))
    @APIResponse(
            responseCode = "200",
            description = "The sessions",
            content = @Content(schema = @Schema(implementation = SessionViews.Agents.class)))
    public Uni<SessionViews.Agents> list(@Context HttpServerRequest request) {
        Query query = Query.of(request.query());
        FilePath prefix = query.optionalFile("prefix");
        boolean withHolds = !query.has("holds") || query.flag("holds");
        agent.holds();
        return sessions.list(new HoldFilter(prefix, null))
                .map(all -> new SessionViews.Agents(
                        all.stream()
                                .filter(state ->
                                        prefix == null || !state.holds().isEmpty())
                                .map(state -> SessionViews.Agent.of(state, withHolds))
                                .toList(),
                        now()));
    }

    @GET
    @Path("holds")
    @Consumes(MediaType.WILDCARD)
    @RolesAllowed(Roles.HOLDS_WRITE)
    @Operation(operationId = "listSessionHolds", summary = "A session's holds, and those that it has lost")
    @Parameter(
            name = "session",
            in = ParameterIn.QUERY,
            required = true,
            description = "the name of the session",
            schema = @Schema(type = SchemaType.STRING, minLength = 1),
            example = "claude-code/8c1f")
    @Parameter(
            name = "lost",
            in = ParameterIn.QUERY,
            description = "false: the next answer names what the session has lost, because nobody reads this one",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "true"))
    @APIResponse(
            responseCode = "200",
            description = "The holds",
            content = @Content(schema = @Schema(implementation = SessionViews.Held.class)))
    @APIResponse(responseCode = "409", description = "`session-limit`: the subject has too many sessions")
    public Uni<SessionViews.Held> holds(@Context HttpServerRequest request) {
        Query query = Query.of(request.query());
        boolean withLost = !query.has("lost") || query.flag("lost");
        return agent.contact(SessionBody.contact(query.require("session"), null, null, null, null))
                .chain(session -> withLost ? session.answer(lost -> held(session, lost)) : held(session, List.of()));
    }

    private Uni<SessionViews.Held> held(Session session, List<LostHold> lost) {
        return session.holds().map(held -> SessionViews.Held.of(session.name(), held, lost, now()));
    }

    private ProblemException refusal(HeldByAnotherException e, List<LostHold> lost) {
        Instant now = now();
        return new ProblemException(Problem.of(ProblemType.HELD_BY_ANOTHER, Explanations.refused(e, now))
                .with("path", e.file().value())
                .with("holder", HoldView.of(e.hold()))
                .with("conflicts", SessionViews.Conflict.of(e.conflicts(), now))
                .with("lost", SessionViews.Lost.of(lost)));
    }

    private Instant now() {
        return agent.holds().status().now();
    }
}
