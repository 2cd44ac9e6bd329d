package io.heddle.http.security;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.http.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** What holds for every request, those for the page, health and meters too. See {@code docs/adr/0020-allowed-hosts.md}. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class HostCheck {

    /** After the headers that every answer has, before everything that answers. */
    private static final int FIRST = -10_000;

    /** RFC 6797; a year. */
    private static final String TLS_ONLY = "max-age=31536000";

    private final ObjectMapper mapper;
    private final AllowedHosts names;

    HostCheck(
            ObjectMapper mapper,
            SecurityConfig config,
            @ConfigProperty(name = "quarkus.http.host") String host,
            @ConfigProperty(name = "quarkus.http.host-enabled", defaultValue = "true") boolean tcp) {
        this.mapper = mapper;
        this.names = AllowedHosts.of(config, host, tcp);
    }

    void open(@Observes Router router) {
        router.route().order(FIRST).handler(this::enter);
    }

    private void enter(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (request.isSSL()) {
            context.response().putHeader("Strict-Transport-Security", TLS_ONLY);
        }
        if (names.include(calledBy(request))) {
            context.next();
            return;
        }
        String detail =
                "this service does not go by the name in Host: call it by an address or localhost, or add the name to "
                        + "heddle.security.allowed-hosts";
        // RFC 9110, 15.5.20
        Problem.of(421, "misdirected", "Misdirected Request", detail, null).end(context.response(), mapper);
    }

    /** What stands in the request itself: a page could say anything in the headers of proxies. */
    private static @Nullable String calledBy(HttpServerRequest request) {
        String host = request.getHeader(HttpHeaders.HOST);
        if (host != null) {
            return host;
        }
        HostAndPort authority = request.authority(); // HTTP/2 has no Host
        return authority == null ? null : authority.toString();
    }
}
