package io.heddle.http;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
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

    static final String MEDIA_TYPE = "application/problem+json";
    private static final String TYPES = "urn:heddle:problem/";

    static Response badRequest(String name, String title, String detail, @Nullable String field) {
        return response(Response.Status.BAD_REQUEST, name, title, detail, field).build();
    }

    static Response.ResponseBuilder response(
            Response.Status status, String name, String title, String detail, @Nullable String field) {
        return Response.status(status).type(MEDIA_TYPE).entity(of(status.getStatusCode(), name, title, detail, field));
    }

    static Problem of(int status, String name, String title, String detail, @Nullable String field) {
        return new Problem(TYPES + name, title, status, detail, field, Map.of());
    }

    /** The same with one more member. */
    Problem with(String name, Object value) {
        Map<String, Object> more = new HashMap<>(members);
        more.put(name, value);
        return new Problem(type, title, status, detail, field, Map.copyOf(more));
    }

    Response.ResponseBuilder response() {
        return Response.status(status).type(MEDIA_TYPE).entity(this);
    }
}
