package io.heddle.http.coding;

import io.heddle.coding.Contact;
import io.heddle.coding.HoldPaths;
import io.heddle.coding.LostHold;
import io.heddle.coding.Session;
import io.quarkiverse.mcp.server.McpConnection;
import io.quarkiverse.mcp.server.ToolResponse;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.security.identity.CurrentIdentityAssociation;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A call of a tool: its session, and the names of its files. The session is the call's argument, or the header
 * {@code Heddle-Session}, or the client's name with the id of its MCP session. The project is the argument, or the header
 * {@code Heddle-Project}; {@code Heddle-Root} is the working tree on the agent's machine.
 */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
@IfBuildProperty(name = "heddle.coding.enabled", stringValue = "true")
final class McpCall {

    private static final String SESSION = "Heddle-Session";
    private static final String PROJECT = "Heddle-Project";
    private static final String ROOT = "Heddle-Root";

    private final AgentRequest agent;
    private final McpHolds holds;
    private final CurrentVertxRequest current;
    private final CurrentIdentityAssociation caller;

    McpCall(AgentRequest agent, McpHolds holds, CurrentVertxRequest current, CurrentIdentityAssociation caller) {
        this.agent = agent;
        this.holds = holds;
        this.current = current;
        this.caller = caller;
    }

    /** @param names of the call's files */
    record Begun(Session session, HoldPaths names) {}

    /** Makes the answer of a tool, which names what the session has lost. */
    Uni<ToolResponse> answer(
            McpConnection connection,
            @Nullable String session,
            @Nullable String project,
            BiFunction<Begun, List<LostHold>, Uni<ToolResponse>> tool) {
        return McpAnswers.of(() -> begin(connection, session, project)
                .chain(begun -> begun.session().answer(lost -> tool.apply(begun, lost))));
    }

    private Uni<Begun> begin(McpConnection connection, @Nullable String session, @Nullable String project) {
        HttpServerRequest request = current.getCurrent().request();
        String of = first(project, request.getHeader(PROJECT), "");
        String root = first(request.getHeader(ROOT), null, "");
        String name = first(session, request.getHeader(SESSION), byConnection(connection));
        holds.offer(of);
        return caller.getDeferredIdentity()
                .invoke(caller::setIdentity) // authenticated only now, and the rules about the caller ask without
                // waiting
                .chain(identity -> agent.contact(new Contact(name, "", of, "", "", root)))
                .map(contacted -> new Begun(contacted, agent.paths(request, of, root)));
    }

    private static String byConnection(McpConnection connection) {
        String client = connection.initialRequest().implementation().name();
        return client.replaceAll("[^A-Za-z0-9._-]+", "-") + "/" + connection.id();
    }

    private static String first(@Nullable String one, @Nullable String other, String otherwise) {
        return one != null && !one.isBlank() ? one : other != null && !other.isBlank() ? other : otherwise;
    }
}
