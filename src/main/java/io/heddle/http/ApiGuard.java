package io.heddle.http;

import static io.heddle.http.HttpLog.LOG;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.configuration.MemorySize;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.MediaType;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** What holds for every call below {@code /api/v1} before an endpoint sees it, and after it failed. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class ApiGuard {

    /** Before Quarkus' own look at the size, which answers without a word. */
    private static final int BEFORE_UPLOAD_LIMIT = -3;

    private final ObjectMapper mapper;
    private final long largest;

    ApiGuard(
            ObjectMapper mapper,
            @ConfigProperty(name = "quarkus.http.limits.max-body-size", defaultValue = "10M") MemorySize largest) {
        this.mapper = mapper;
        this.largest = largest.asLongValue();
    }

    void guard(@Observes Router router) {
        router.route("/api/v1/*")
                .order(BEFORE_UPLOAD_LIMIT)
                .handler(this::before)
                .failureHandler(this::failed);
    }

    private void before(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (length(request) > largest) {
            String detail = "a body has at most " + largest + " bytes";
            context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            answer(context, Problem.of(413, "too-large", "The body is too large", detail, null));
        } else if (!isReadable(request.getHeader(HttpHeaders.CONTENT_TYPE))) {
            // The reader of requests takes it for a fault of ours.
            answer(context, Problem.of(400, "bad-request", "Bad Request", "Content-Type is no media type", null));
        } else {
            context.next();
        }
    }

    private static boolean isReadable(@Nullable String mediaType) {
        if (mediaType == null || mediaType.equals(MediaType.APPLICATION_JSON)) {
            return true;
        }
        try {
            return MediaType.valueOf(mediaType) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * What no mapper knows is our own mistake: it goes to the log with its stack, and to the caller without. What the server
     * itself finds to be no valid request (one without Host, say) is the caller's.
     */
    private void failed(RoutingContext context) {
        HttpServerResponse response = context.response();
        if (context.failure() == null || response.headWritten()) {
            context.next();
            return;
        }
        if (context.statusCode() >= 400 && context.statusCode() < 500) {
            String detail = String.valueOf(context.failure().getMessage());
            answer(context, Problem.of(context.statusCode(), "bad-request", "Bad Request", detail, null));
            return;
        }
        String incident = UUID.randomUUID().toString();
        LOG.failed(context.request().method().name(), context.request().path(), incident, context.failure());
        String detail = "this is a fault of the service; its log tells more under " + incident;
        answer(context, Problem.of(500, "internal", "The service failed", detail, null));
    }

    private void answer(RoutingContext context, Problem problem) {
        problem.end(context.response(), mapper);
    }

    private static long length(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length == null ? 0 : Long.parseLong(length); // the decoder has refused what is no number
    }
}
