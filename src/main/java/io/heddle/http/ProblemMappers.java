package io.heddle.http;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.heddle.http.event.TooManySubscribersException;
import io.heddle.mount.ShareRefusedException;
import io.heddle.nats.JetStreamRefusedException;
import io.heddle.nats.JetStreamUnavailableException;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.nats.NoAnswerException;
import io.heddle.nats.NoRespondersException;
import io.heddle.nats.StreamNotFoundException;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.inject.Singleton;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** From the exceptions of the rooms below to problems. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class ProblemMappers {

    private static final int RETRY_AFTER_SECONDS = 2;

    @ServerExceptionMapper
    Response refused(ShareRefusedException e) {
        String title = "The share breaks a rule";
        return switch (e.reason()) {
            case TOO_LARGE ->
                Problem.response(Response.Status.REQUEST_ENTITY_TOO_LARGE, "too-large", title, e.detail(), null)
                        .build();
            case DECODE -> Problem.badRequest("share-refused", title, e.detail(), null);
            case ALLOWED_ROOTS, PLACE_TAKEN -> Problem.badRequest("share-refused", title, e.detail(), "mount_point");
            case ID, ACTION, MOUNT_POINT, BACKEND, CUBEFS, SOURCE ->
                Problem.badRequest(
                        "share-refused", title, e.detail(), e.reason().name().toLowerCase(Locale.ROOT));
        };
    }

    /** No such path, method or media type: ours are problems too; those of a host stay as they are. */
    @ServerExceptionMapper
    Response general(WebApplicationException e, UriInfo uri) {
        Response response = e.getResponse();
        if (response.hasEntity() || response.getStatus() < 400 || !uri.getPath().startsWith("/api/v1/")) {
            return response;
        }
        String phrase = response.getStatusInfo().getReasonPhrase();
        String name = phrase.toLowerCase(Locale.ROOT).replace(' ', '-');
        String detail = e.getCause() instanceof JsonProcessingException json
                ? "the body is no JSON text that is read here" + placeOf(json)
                : String.valueOf(e.getMessage());
        return Response.fromResponse(response)
                .type(Problem.MEDIA_TYPE)
                .entity(Problem.of(response.getStatus(), name, phrase, detail, null))
                .build();
    }

    /** JSON, but not of the shape that is asked for. */
    @ServerExceptionMapper
    Response misshapen(MismatchedInputException e, UriInfo uri) {
        if (!uri.getPath().startsWith("/api/v1/")) {
            return Response.status(Response.Status.BAD_REQUEST).build();
        }
        String field = e.getPath().stream()
                .map(JsonMappingException.Reference::getFieldName)
                .filter(Objects::nonNull)
                .collect(Collectors.joining("."));
        String detail = "the body does not have the shape that is asked for" + placeOf(e);
        return Problem.badRequest("bad-request", "Bad Request", detail, field.isEmpty() ? null : field);
    }

    /** Not what stands there: it may be a secret. */
    private static String placeOf(JsonProcessingException e) {
        JsonLocation location = e.getLocation();
        return location == null ? "" : ": line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    @ServerExceptionMapper
    Response badId(BadFieldException e) {
        return Problem.badRequest("bad-field", "A field cannot be used", e.detail(), e.field());
    }

    @ServerExceptionMapper
    Response tooMany(TooManySubscribersException e) {
        String detail = String.valueOf(e.getMessage());
        return Problem.response(
                        Response.Status.TOO_MANY_REQUESTS, "too-many-subscribers", "Too many streams", detail, null)
                .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
                .build();
    }

    @ServerExceptionMapper
    public Response unavailable(NatsUnavailableException e) {
        return unavailable("broker-unreachable", "The broker is not reachable", e);
    }

    @ServerExceptionMapper
    Response unknown(NoAnswerException e) {
        return unavailable("outcome-unknown", "The broker did not answer in time; it is safe to try again", e);
    }

    @ServerExceptionMapper
    Response absent(StreamNotFoundException e) {
        return unavailable("no-stream", "There is no such stream at the moment", e);
    }

    @ServerExceptionMapper
    Response withoutJetStream(JetStreamUnavailableException e) {
        return unavailable("no-jetstream", "The broker has no JetStream", e);
    }

    @ServerExceptionMapper
    Response unkept(NoRespondersException e) {
        return unavailable("not-kept", "No stream answers to what is asked or published here", e);
    }

    @ServerExceptionMapper
    Response refused(JetStreamRefusedException e) {
        return unavailable("broker-refused", "The broker refused the request", e);
    }

    /** With {@code Retry-After}. */
    public static Response unavailable(String name, String title, RuntimeException e) {
        return Problem.response(Response.Status.SERVICE_UNAVAILABLE, name, title, String.valueOf(e.getMessage()), null)
                .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
                .build();
    }
}
