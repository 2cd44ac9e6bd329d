package io.heddle.http;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

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

    /** How callers are known. */
    enum Mode {
        JWT,
        NONE
    }
}
