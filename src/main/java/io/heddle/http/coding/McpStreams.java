package io.heddle.http.coding;

import io.heddle.http.StopSignal;
import io.quarkus.arc.properties.IfBuildProperty;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** The streams that MCP clients keep open at {@code GET /mcp} end when the service stops, which would wait for them otherwise. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
@IfBuildProperty(name = "heddle.coding.enabled", stringValue = "true")
final class McpStreams {

    private static final int FIRST = -1;

    private final StopSignal stop;

    McpStreams(StopSignal stop) {
        this.stop = stop;
    }

    void watch(@Observes Router router) {
        router.get("/mcp").order(FIRST).handler(this::watch);
    }

    private void watch(RoutingContext request) {
        HttpServerResponse response = request.response();
        Context loop = Vertx.currentContext();
        Runnable withdraw = stop.onStop(() -> loop.runOnContext(now -> end(response)));
        request.addEndHandler(ended -> withdraw.run());
        request.next();
    }

    private static void end(HttpServerResponse response) {
        if (!response.ended()) {
            var unused = response.end();
        }
    }
}
