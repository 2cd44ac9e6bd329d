package io.heddle.http.security;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Optional;

/** Access to the endpoints. */
@ConfigMapping(prefix = "heddle.security")
public interface SecurityConfig {

    /**
     * {@code jwt}: callers need a JSON Web Token, verified as {@code mp.jwt.verify.*} says. {@code none}: everyone who can connect may do
     * everything.
     */
    @WithDefault("none")
    Mode mode();

    /** Whether a production service may listen on other addresses than loopback although the mode is {@code none}. */
    @WithDefault("false")
    boolean allowInsecure();

    /**
     * Host names that requests may use besides IP addresses and {@code localhost}; other names get 421. Without this property, a
     * service with mode {@code none} on loopback accepts no other name (protection from DNS rebinding), and every other service
     * accepts all names.
     */
    Optional<List<String>> allowedHosts();

    /** How callers are authenticated. */
    enum Mode {
        JWT,
        NONE
    }
}
