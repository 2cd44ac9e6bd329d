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
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;

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
        } else {
            context.next();
        }
    }

    /** What no mapper knows is our own mistake: it goes to the log with its stack, and to the caller without. */
    private void failed(RoutingContext context) {
        HttpServerResponse response = context.response();
        if (context.failure() == null || response.headWritten()) {
            context.next();
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
