package io.heddle.http;

import io.heddle.mount.ShareRefusedException;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.stream.JetStreamRefusedException;
import io.heddle.stream.NoAnswerException;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.Locale;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** From the exceptions of the rooms below to problems. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class ProblemMappers {

    private static final int RETRY_AFTER_SECONDS = 2;

    @ServerExceptionMapper
    Response refused(ShareRefusedException e) {
        String field = e.reason().name().toLowerCase(Locale.ROOT);
        return Problem.badRequest("share-refused", "The share breaks a rule", e.detail(), field);
    }

    @ServerExceptionMapper
    Response badId(BadFieldException e) {
        return Problem.badRequest("bad-field", "A field cannot be used", e.detail(), e.field());
    }

    @ServerExceptionMapper
    Response unavailable(NatsUnavailableException e) {
        return unavailable("broker-unreachable", "The broker is not reachable", e);
    }

    @ServerExceptionMapper
    Response unknown(NoAnswerException e) {
        return unavailable("outcome-unknown", "The broker did not answer in time; it is safe to try again", e);
    }

    @ServerExceptionMapper
    Response refused(JetStreamRefusedException e) {
        return unavailable("broker-refused", "The broker refused the request", e);
    }

    private static Response unavailable(String name, String title, RuntimeException e) {
        return Problem.response(Response.Status.SERVICE_UNAVAILABLE, name, title, String.valueOf(e.getMessage()), null)
                .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
                .build();
    }
}
