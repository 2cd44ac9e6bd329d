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
 * The names by which this service may be called. A page of another site can have its own name lead to 127.0.0.1 (DNS rebinding): to the
 * browser it then is of one origin with this service, and may read and write here all that needs no sign-in. What it can't do is to
 * call an address by its number, or {@code localhost}.
 */
final class AllowedHosts {

    /** Empty when any name will do. */
    private final Optional<Set<String>> names;

    private AllowedHosts(Optional<Set<String>> names) {
        this.names = names;
    }

    /**
     * The names that are configured; without any, only a service that everybody on this machine may use is particular.
     *
     * @param host what it listens on
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

    /** @param authority a request's {@code Host}; null when there is none, as only programs do that are no browsers */
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
