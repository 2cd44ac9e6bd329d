package io.heddle.http;

import io.heddle.nats.NatsConnection;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.api.PublishAck;
import io.nats.client.impl.Headers;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.time.Duration;

/** The floor of the bench: an endpoint that does nothing but the compare-and-set. */
@Path("/bare")
@PermitAll
public class BareResource {

    static final String BUCKET = "bare";
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final NatsConnection connection;

    BareResource(NatsConnection connection) {
        this.connection = connection;
    }

    /** What was written. */
    public record Written(String key, long revision) {}

    @PUT
    @Consumes(MediaType.APPLICATION_JSON)
    @Produces(MediaType.APPLICATION_JSON)
    public Uni<Written> put(@QueryParam("key") String key, byte[] body) {
        Headers expected = new Headers().put("Nats-Expected-Last-Subject-Sequence", "0");
        return Uni.createFrom()
                .completionStage(() ->
                        connection.require().requestWithTimeout("$KV." + BUCKET + "." + key, expected, body, PATIENCE))
                .map(answer -> new Written(key, sequence(answer)));
    }

    private static long sequence(Message answer) {
        try {
            return new PublishAck(answer).getSeqno();
        } catch (IOException | JetStreamApiException e) {
            throw new IllegalStateException(e);
        }
    }
}
