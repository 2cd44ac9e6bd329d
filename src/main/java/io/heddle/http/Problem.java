package io.heddle.http;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.http.hold.HoldView;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.media.SchemaProperty;
import org.jspecify.annotations.Nullable;

/**
 * A failure as RFC 9457 {@code application/problem+json}.
 *
 * @param type stable, for programs
 * @param detail human-readable
 * @param field the invalid input; null when the input is not the reason
 * @param members additional members
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(
        description = "A failure as RFC 9457 describes it. Some types have more members than are listed here.",
        properties = {
            @SchemaProperty(
                    name = "path",
                    type = SchemaType.STRING,
                    description = "the file that the problem is about"),
            @SchemaProperty(name = "holder", implementation = HoldView.class),
            @SchemaProperty(
                    name = "token",
                    type = SchemaType.INTEGER,
                    format = "int64",
                    description = "the fencing token of the request"),
            @SchemaProperty(name = "maximum", type = SchemaType.STRING, description = "the longest ttl")
        })
public record Problem(
        @Schema(examples = "urn:heddle:problem/bad-field") String type,
        @Schema(examples = "Invalid field") String title,
        @Schema(examples = "400") int status,
        @Schema(examples = "agent_id is missing") String detail,

        @Nullable @Schema(description = "the invalid parameter or member", examples = "agent_id")
        String field,

        @Schema(hidden = true) @JsonAnyGetter Map<String, Object> members) {

    public static final String MEDIA_TYPE = "application/problem+json";

    private static final int RETRY_AFTER_SECONDS = 2;
    /** Where Quarkus' meters look for a path with its parameters' names in place of their values. */
    private static final String PATH_IN_METERS = "UrlPathTemplate";

    public static Problem of(ProblemType type, String detail) {
        return new Problem(
                "urn:heddle:problem/" + type.wireName(), type.title(), type.status(), detail, null, Map.of());
    }

    /** Returns this problem with the name of the invalid input. */
    public Problem at(@Nullable String invalid) {
        return new Problem(type, title, status, detail, invalid, members);
    }

    /** Returns this problem with one more member. */
    public Problem with(String name, Object value) {
        Map<String, Object> more = new HashMap<>(members);
        more.put(name, value);
        return new Problem(type, title, status, detail, field, Map.copyOf(more));
    }

    Response.ResponseBuilder response() {
        Response.ResponseBuilder response =
                Response.status(status).type(MEDIA_TYPE).entity(this);
        return status == 429 || status == 503
                ? response.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
                : response;
    }

    /** Answers a request that reached no endpoint, on the request's own context. */
    public void end(HttpServerResponse answer, ObjectMapper mapper) {
        Context request = Vertx.currentContext();
        if (request != null && request.getLocal(PATH_IN_METERS) == null) {
            request.putLocal(PATH_IN_METERS, "unrouted"); // a client could otherwise add any number of labels
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
