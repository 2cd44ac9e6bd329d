package io.heddle.http.coding;

import io.heddle.coding.CodingSessions;
import io.heddle.coding.Contact;
import io.heddle.coding.HoldPaths;
import io.heddle.coding.Session;
import io.heddle.hold.Holds;
import io.heddle.http.ProblemException;
import io.heddle.http.ProblemType;
import io.heddle.http.StopSignal;
import io.heddle.http.security.Caller;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** What the endpoints for coding agents have in common: the session, the names of files, and the holds. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
@IfBuildProperty(name = "heddle.coding.enabled", stringValue = "true")
final class AgentRequest {

    /** A proxy sets one of them. */
    private static final List<String> FORWARDED = List.of("Forwarded", "X-Forwarded-For");

    private final CodingSessions sessions;
    private final Instance<Holds> holds;
    private final Caller caller;
    private final StopSignal stop;
    private final boolean listensLocally;

    AgentRequest(
            CodingSessions sessions,
            Instance<Holds> holds,
            Caller caller,
            StopSignal stop,
            @ConfigProperty(name = "quarkus.http.host") String host) {
        this.sessions = sessions;
        this.holds = holds;
        this.caller = caller;
        this.stop = stop;
        this.listensLocally = isLoopback(host);
    }

    /** @throws ProblemException when holds are disabled */
    Holds holds() {
        if (!holds.isResolvable()) {
            throw new ProblemException(
                    ProblemType.HOLDS_DISABLED, "this service has no holds: heddle.holds.enabled=false");
        }
        return holds.get();
    }

    /** Notes the contact of a session, whose name begins with the subject of the caller's token. */
    Uni<Session> contact(Contact contact) {
        Holds unused = holds();
        String name = caller.holderName(contact.session());
        caller.requireAgent(name);
        return sessions.contact(new Contact(
                name, caller.subject(), contact.project(), contact.user(), contact.host(), contact.checkout()));
    }

    /** Returns the work, which a stop of the service ends if it waits for other holders. */
    <T> Uni<T> waiting(Duration patience, Uni<T> work) {
        return patience.isZero() ? work : stop.limit(work);
    }

    /** Returns the names of files for a request; without a root, its paths are looked up here if the agent is on this machine. */
    HoldPaths paths(HttpServerRequest request, @Nullable String project, @Nullable String root) {
        return new HoldPaths(
                Objects.requireNonNullElse(project, ""), Objects.requireNonNullElse(root, ""), isLocal(request));
    }

    private boolean isLocal(HttpServerRequest request) {
        SocketAddress client = request.remoteAddress();
        return listensLocally
                && (client == null || client.hostAddress() == null || isLoopback(client.hostAddress()))
                && FORWARDED.stream().allMatch(header -> request.getHeader(header) == null);
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
