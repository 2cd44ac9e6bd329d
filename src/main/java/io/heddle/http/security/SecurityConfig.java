package io.heddle.http.security;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Optional;

/** Who may call the endpoints. */
@ConfigMapping(prefix = "heddle.security")
public interface SecurityConfig {

    /**
     * {@code jwt}: callers show a JSON Web Token, checked as {@code mp.jwt.verify.*} says. {@code none}: everybody who can connect
     * may do everything.
     */
    @WithDefault("none")
    Mode mode();

    /** Whether a production service may listen beyond this machine although the mode is {@code none}. */
    @WithDefault("false")
    boolean allowInsecure();

    /**
     * Names by which this service may be called besides IP addresses and {@code localhost}; a call by another name gets 421. Where the
     * mode is {@code none} and only this machine can connect there are no more names than these: else a page of another site that has
     * its own name lead to this machine could do what the browser's user can. Elsewhere any name will do while none is given.
     */
    Optional<List<String>> allowedHosts();

    /** How callers are known. */
    enum Mode {
        JWT,
        NONE
    }
}
