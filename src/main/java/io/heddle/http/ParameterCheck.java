package io.heddle.http;

import io.quarkus.arc.properties.IfBuildProperty;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ResourceInfo;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/** Refuses query parameters that the endpoint's OpenAPI description does not have, and those that are repeated or not decodable. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class ParameterCheck {

    private final Map<Method, Set<String>> known = new ConcurrentHashMap<>();

    @ServerRequestFilter
    public void check(ResourceInfo resource, HttpServerRequest request) {
        String raw = request.query();
        boolean ours = resource.getResourceClass().getName().startsWith("io.heddle.http.")
                && (request.path().startsWith("/api/v1/") || request.path().startsWith("/hooks/"));
        if (raw != null && ours) {
            Query.of(raw)
                    .requireOnly(known.computeIfAbsent(resource.getResourceMethod(), ParameterCheck::parametersOf));
        }
    }

    private static Set<String> parametersOf(Method endpoint) {
        return Arrays.stream(endpoint.getAnnotationsByType(Parameter.class))
                .filter(parameter -> parameter.in() == ParameterIn.QUERY)
                .map(Parameter::name)
                .collect(Collectors.toUnmodifiableSet());
    }
}
