package io.heddle.http.security;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.http.Problem;
import io.heddle.http.ProblemType;
import io.quarkus.arc.properties.IfBuildProperty;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** Checks the host of every request, including those for the page, health and metrics. See {@code docs/adr/0020-allowed-hosts.md}. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class HostCheck {

    /** After the handler of the common headers, before everything that answers. */
    private static final int FIRST = -10_000;

    /** RFC 6797; a year. */
    private static final String TLS_ONLY = "max-age=31536000";

    private static final Pattern ABSOLUTE = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)");

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
        List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
        if (hosts.size() > 1) { // RFC 9112, 3.2
            Problem.of(ProblemType.BAD_REQUEST, "the request has more than one Host")
                    .end(context.response(), mapper);
        } else if (names.include(host(request, hosts)) && isAllowedTarget(request.uri())) {
            context.next();
        } else { // RFC 9110, 15.5.20
            String detail = "this service does not serve this host: use an address or localhost, or add the name to "
                    + "heddle.security.allowed-hosts";
            Problem.of(ProblemType.MISDIRECTED, detail).end(context.response(), mapper);
        }
    }

    /** The name in the request itself: a page could set the headers of proxies. */
    private static @Nullable String host(HttpServerRequest request, List<String> hosts) {
        HostAndPort authority = request.authority(); // HTTP/2 has no Host
        return hosts.isEmpty() ? authority == null ? null : authority.toString() : hosts.get(0);
    }

    /** An absolute-form target names a host that takes precedence over {@code Host} (RFC 9112, 3.2.2). */
    private boolean isAllowedTarget(String target) {
        Matcher absolute = ABSOLUTE.matcher(target);
        return !absolute.lookingAt() || names.include(absolute.group(1));
    }
}
