package io.heddle.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

/**
 * A failure as RFC 9457 {@code application/problem+json}.
 *
 * @param type stable, for programs
 * @param detail what is wrong this time, for people
 * @param field the input that is at fault; null when it is not the input
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Problem(
        String type,
        String title,
        int status,
        String detail,
        @Nullable String field) {

    static final String MEDIA_TYPE = "application/problem+json";
    private static final String TYPES = "urn:heddle:problem:";

    static Response badRequest(String name, String title, String detail, @Nullable String field) {
        return response(Response.Status.BAD_REQUEST, name, title, detail, field).build();
    }

    static Response.ResponseBuilder response(
            Response.Status status, String name, String title, String detail, @Nullable String field) {
        return Response.status(status)
                .type(MEDIA_TYPE)
                .entity(new Problem(TYPES + name, title, status.getStatusCode(), detail, field));
    }
}
