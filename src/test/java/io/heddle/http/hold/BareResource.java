package io.heddle.http.hold;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldRequest;
import io.heddle.http.Durations;
import io.heddle.http.JsonBody;
import io.heddle.http.Query;
import io.heddle.http.hold.HoldBody.Announce;
import io.heddle.http.security.Caller;
import io.heddle.http.security.Roles;
import io.heddle.nats.NatsConnection;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.api.PublishAck;
import io.nats.client.impl.Headers;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.PermitAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;

/** The floors of the bench: endpoints that do nothing but the compare-and-set. */
@Path("/")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class BareResource {

    static final String BUCKET = "bare";
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration TTL = Duration.ofMinutes(4);
    static final byte[] VALUE = """
            {"agent_id":"agent-7","claimed_at":"2026-04-19T10:00:00.123456789Z","expires_at":"2026-04-19T10:04:00.123456789Z",\
            "checkout_path":"/tmp/c","ttl":240000000000}""".getBytes(StandardCharsets.UTF_8);

    private final NatsConnection connection;
    private final Caller caller;

    BareResource(NatsConnection connection, Caller caller) {
        this.connection = connection;
        this.caller = caller;
    }

    /** What was written. */
    public record Written(String key, long revision) {}

    @PUT
    @Path("bare")
    @PermitAll
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Uni<Written> put(@QueryParam("key") String key, byte[] body) {
        return write(key, body).map(revision -> new Written(key, revision));
    }

    /** With the role, the body and the answer of an announce: what is left of one without any hold. */
    @PUT
    @Path("api/v1/bare")
    @RolesAllowed(Roles.HOLDS_WRITE)
    @Parameter(name = "path", in = ParameterIn.QUERY)
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Uni<HoldView> announce(@Context HttpServerRequest request, byte[] body) {
        FilePath file = Query.of(request.query()).requireFile("path");
        Announce announce = JsonBody.read(body, Announce.class);
        HoldRequest hold = announce.of(file);
        caller.requireAgent(hold.holder());
        Instant now = Instant.now();
        return write(file.value().substring(1).replace('.', '_').replace('/', '.'), VALUE)
                .map(revision -> new HoldView(
                        file.value(),
                        hold.holder(),
                        now,
                        now.plus(TTL),
                        hold.checkoutPath(),
                        Durations.format(hold.ttl()),
                        revision,
                        null,
                        null));
    }

    private Uni<Long> write(String key, byte[] value) {
        Headers expected = new Headers().put("Nats-Expected-Last-Subject-Sequence", "0");
        return Uni.createFrom()
                .completionStage(() ->
                        connection.require().requestWithTimeout("$KV." + BUCKET + "." + key, expected, value, PATIENCE))
                .map(BareResource::sequence);
    }

    private static long sequence(Message answer) {
        try {
            return new PublishAck(answer).getSeqno();
        } catch (IOException | JetStreamApiException e) {
            throw new IllegalStateException(e);
        }
    }
}
