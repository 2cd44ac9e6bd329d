package io.heddle.coding;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Sessions of coding agents. */
@ConfigMapping(prefix = "heddle.coding")
public interface CodingConfig {

    /** Whether the endpoints for coding agents exist. Fixed at build time; the embeddable jar has none by default. */
    @WithDefault("false")
    boolean enabled();

    /** The ttl of a session's holds, which are renewed at each third of it; shortened to the bucket's TTL. */
    @WithDefault("2m")
    Duration ttl();

    /** How long after the last contact of a session its holds are renewed. They end with their ttl afterwards. */
    @WithDefault("30m")
    Duration idleTimeout();

    /** The maximum number of files and directories that a session holds. */
    @WithDefault("1000")
    int maxHoldsPerSession();

    /** The maximum number of sessions of one token's subject; without tokens, of the service. */
    @WithDefault("1000")
    int maxSessionsPerSubject();
}
