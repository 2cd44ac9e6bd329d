package io.heddle.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.http.security.RequestOrigin;
import io.heddle.mount.NodeAgentStatus;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.configuration.MemorySize;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** Checks every request of programs before an endpoint sees it, and answers those that failed. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class ApiGuard {

    /** Before Quarkus' own check of the size, which answers without a body. */
    private static final int BEFORE_UPLOAD_LIMIT = -3;

    /** By which the command line sees that it is not the one of this service. */
    private static final String VERSION = "Heddle-Version";

    private static final List<String> PATHS = List.of("/api/v1/*", "/hooks/*", "/mcp", "/mcp/*");

    private final ObjectMapper mapper;
    private final AllowedMethods methods;
    private final long largest;

    ApiGuard(
            ObjectMapper mapper,
            AllowedMethods methods,
            @ConfigProperty(name = "quarkus.http.limits.max-body-size", defaultValue = "10M") MemorySize largest) {
        this.mapper = mapper;
        this.methods = methods;
        this.largest = largest.asLongValue();
    }

    void guard(@Observes Router router) {
        PATHS.forEach(path -> router.route(path)
                .order(BEFORE_UPLOAD_LIMIT)
                .handler(this::before)
                .failureHandler(this::failed));
    }

    private void before(RoutingContext context) {
        HttpServerRequest request = context.request();
        context.response().putHeader(VERSION, NodeAgentStatus.VERSION);
        if (request.method().equals(HttpMethod.OPTIONS)) {
            Set<String> allowed = methods.of(context.normalizedPath());
            if (!allowed.isEmpty()) { // the endpoints' own answer has the methods of their class
                context.response()
                        .setStatusCode(204)
                        .putHeader(HttpHeaders.ALLOW, String.join(", ", allowed))
                        .end();
                return;
            }
        }
        Problem problem = problem(request);
        if (problem == null) {
            context.next();
            return;
        }
        context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE); // the body is not read
        problem.end(context.response(), mapper);
    }

    private @Nullable Problem problem(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        long bytes = length == null ? 0 : Long.parseLong(length); // the decoder has refused everything else
        if (bytes > largest) {
            return Problem.of(ProblemType.TOO_LARGE, "a body has at most " + largest + " bytes");
        }
        MediaType type;
        try {
            String header = request.getHeader(HttpHeaders.CONTENT_TYPE);
            type = header == null ? null : MediaType.valueOf(header);
        } catch (IllegalArgumentException e) {
            return Problem.of(ProblemType.BAD_REQUEST, "Content-Type is not a media type");
        }
        if (RequestOrigin.isReadOnly(request)) {
            return null;
        }
        if (!RequestOrigin.isSameOriginOrNoBrowser(request)) {
            return Problem.of(ProblemType.FORBIDDEN, "a page of another origin may not change anything here");
        }
        // A page of another origin can send every other type without asking first.
        return hasBody(request, bytes) && !isJson(type)
                ? Problem.of(ProblemType.UNSUPPORTED_MEDIA_TYPE, "send the body with Content-Type: application/json")
                : null;
    }

    private static boolean hasBody(HttpServerRequest request, long bytes) {
        // HTTP/2 shows later whether a body follows. DELETE has none, and a page of another origin cannot send it
        // without asking.
        boolean mayFollow = request.version() == HttpVersion.HTTP_2
                && !request.isEnded()
                && !request.method().equals(HttpMethod.DELETE);
        boolean unknownLength = request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null || mayFollow;
        return bytes > 0 || (unknownLength && request.getHeader(HttpHeaders.CONTENT_LENGTH) == null);
    }

    private static boolean isJson(@Nullable MediaType type) {
        return type != null && MediaType.APPLICATION_JSON_TYPE.isCompatible(type) && !type.isWildcardSubtype();
    }

    /** What no mapper knows is a fault of the service; what the server itself refuses, such as a missing Host, is the client's. */
    private void failed(RoutingContext context) {
        Throwable failure = context.failure();
        if (failure == null || context.response().headWritten()) {
            context.next();
            return;
        }
        HttpServerRequest request = context.request();
        boolean clientError = context.statusCode() >= 400 && context.statusCode() < 500;
        Problem problem = clientError
                ? Problem.of(ProblemType.of(context.statusCode()), String.valueOf(failure.getMessage()))
                : Problems.internal(request.method().name(), request.path(), failure);
        problem.end(context.response(), mapper);
    }
}
