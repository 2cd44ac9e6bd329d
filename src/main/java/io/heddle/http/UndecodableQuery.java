package io.heddle.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.arc.properties.IfBuildProperty;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** A query that Vert.x cannot decode never reaches a resource; here its refusal becomes a problem like the others. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class UndecodableQuery {

    private final ObjectMapper mapper;

    UndecodableQuery(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    void register(@Observes Router router) {
        router.route("/api/v1/*").failureHandler(this::failed);
    }

    private void failed(RoutingContext context) {
        if (context.statusCode() != 400 || context.response().headWritten()) {
            context.next();
            return;
        }
        try {
            Query unused = Query.of(context.request().query());
            context.next();
        } catch (BadFieldException e) {
            var unused = context.response()
                    .setStatusCode(400)
                    .putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE)
                    .end(json(Problem.of(400, "bad-field", "A field cannot be used", e.detail(), e.field())));
        }
    }

    private String json(Problem problem) {
        try {
            return mapper.writeValueAsString(problem);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a problem cannot be written as JSON", e);
        }
    }
}
