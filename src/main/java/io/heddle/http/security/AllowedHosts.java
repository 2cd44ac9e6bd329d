package io.heddle.http.security;

import io.heddle.http.security.SecurityConfig.Mode;
import io.netty.util.NetUtil;
import io.vertx.core.net.HostAndPort;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The host names that requests may use. A page of another site can let its own name resolve to 127.0.0.1 (DNS rebinding); for the browser
 * it then has the same origin as this service, and can use everything that needs no sign-in. It cannot use an IP address or
 * {@code localhost} as its name.
 */
final class AllowedHosts {

    /** Empty when every name is allowed. */
    private final Optional<Set<String>> names;

    private AllowedHosts(Optional<Set<String>> names) {
        this.names = names;
    }

    /**
     * Returns the configured names; without any, every name is allowed unless the service is on loopback without sign-in.
     *
     * @param host the address that the service listens on
     * @param tcp whether it listens there
     */
    static AllowedHosts of(SecurityConfig config, String host, boolean tcp) {
        boolean trusting = config.mode() == Mode.NONE && tcp && ExposureCheck.isLoopback(host);
        if (!trusting && config.allowedHosts().isEmpty()) {
            return new AllowedHosts(Optional.empty());
        }
        return new AllowedHosts(Optional.of(config.allowedHosts().stream()
                .flatMap(all -> all.stream())
                .map(AllowedHosts::normal)
                .collect(Collectors.toUnmodifiableSet())));
    }

    /** @param authority a request's {@code Host}; null without one, which no browser sends */
    boolean include(@Nullable String authority) {
        if (names.isEmpty() || authority == null) {
            return true;
        }
        HostAndPort parsed = HostAndPort.parseAuthority(authority, -1);
        if (parsed == null) {
            return false;
        }
        String host = normal(parsed.host());
        return host.equals("localhost")
                || host.endsWith(".localhost") // RFC 6761, 6.3: no DNS
                || NetUtil.isValidIpV4Address(host)
                || (host.startsWith("[") && NetUtil.isValidIpV6Address(host))
                || names.get().contains(host);
    }

    private static String normal(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
