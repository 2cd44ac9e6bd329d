package io.heddle.http;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A failure as RFC 9457 {@code application/problem+json}.
 *
 * @param type stable, for programs
 * @param detail what is wrong this time, for people
 * @param field the input that is at fault; null when it is not the input
 * @param members what else there is for programs
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Problem(
        String type,
        String title,
        int status,
        String detail,
        @Nullable String field,
        @JsonAnyGetter Map<String, Object> members) {

    public static final String MEDIA_TYPE = "application/problem+json";
    /** Where Quarkus' meters look for a path with its parameters' names in place of their values. */
    private static final String PATH_IN_METERS = "UrlPathTemplate";

    private static final String TYPES = "urn:heddle:problem/";

    public static Response badRequest(String name, String title, String detail, @Nullable String field) {
        return response(Response.Status.BAD_REQUEST, name, title, detail, field).build();
    }

    public static Response.ResponseBuilder response(
            Response.Status status, String name, String title, String detail, @Nullable String field) {
        return Response.status(status).type(MEDIA_TYPE).entity(of(status.getStatusCode(), name, title, detail, field));
    }

    public static Problem of(int status, String name, String title, String detail, @Nullable String field) {
        return new Problem(TYPES + name, title, status, detail, field, Map.of());
    }

    /** The same with one more member. */
    public Problem with(String name, Object value) {
        Map<String, Object> more = new HashMap<>(members);
        more.put(name, value);
        return new Problem(type, title, status, detail, field, Map.copyOf(more));
    }

    public Response.ResponseBuilder response() {
        return Response.status(status).type(MEDIA_TYPE).entity(this);
    }

    /** Answers where no endpoint does, on the request's own context. */
    public void end(HttpServerResponse answer, ObjectMapper mapper) {
        Context request = Vertx.currentContext();
        if (request != null && request.getLocal(PATH_IN_METERS) == null) {
            // Or the meters would take the path, which whoever asks can choose, for a label.
            request.putLocal(PATH_IN_METERS, "unrouted");
        }
        try {
            answer.setStatusCode(status)
                    .putHeader(HttpHeaders.CONTENT_TYPE, MEDIA_TYPE)
                    .end(mapper.writeValueAsString(this));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a problem could not be written as JSON", e);
        }
    }
}
