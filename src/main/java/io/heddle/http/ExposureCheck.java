package io.heddle.http;

import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Refuses to start where anybody on the network could publish shares: in production, on an address that is not loopback,
 * without security.
 */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class ExposureCheck {

    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1", "[::1]");

    private final String host;
    private final boolean allowed;

    ExposureCheck(
            @ConfigProperty(name = "quarkus.http.host") String host,
            @ConfigProperty(name = "heddle.security.allow-insecure", defaultValue = "false") boolean allowed) {
        this.host = host;
        this.allowed = allowed;
    }

    /** Before anything else starts. */
    void check(@Observes @Priority(0) StartupEvent event) {
        if (LaunchMode.current() == LaunchMode.NORMAL && !LOOPBACK.contains(host) && !allowed) {
            throw new IllegalStateException("HDL0500: quarkus.http.host=" + host
                    + " lets the network publish shares without any sign-in. Bind to 127.0.0.1, or accept it with "
                    + "heddle.security.allow-insecure=true");
        }
    }
}
