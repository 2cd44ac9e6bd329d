package io.heddle.fleet;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The control plane. */
@ConfigMapping(prefix = "heddle.fleet")
public interface FleetConfig {

    /** Whether this process runs a control plane. Without one there is no {@link Fleet} bean, and nothing is read from the broker. */
    @WithDefault("true")
    boolean enabled();

    /**
     * The key-value bucket with one record for each group; created when absent, never changed when present. The records hold the
     * credentials of their shares: only control planes may read it.
     */
    @WithDefault("heddle-groups")
    String bucket();

    /** The replicas of a bucket that Heddle creates. */
    @WithDefault("1")
    int replicas();

    /** The most VMs of a group. Its record must also fit into one message of the broker ({@code max_payload}). */
    @WithDefault("10000")
    int maxGroupSize();

    /** The most shares of a group: a stream that keeps 64 messages for each VM would lose more. */
    @WithDefault("64")
    int maxGroupShares();

    /** The most publishes in flight, over all groups. */
    @WithDefault("1024")
    int inFlight();

    /** How long one publish waits for its acknowledgement before it is repeated. */
    @WithDefault("2s")
    Duration publishTimeout();

    /** How long a change of a group may make no progress before another replica resumes it. */
    @WithDefault("10s")
    Duration resumeAfter();

    /** When a node agent is late: it reports every 30 s, so it missed one report. */
    @WithDefault("45s")
    Duration lateAfter();

    /** When a node agent is silent: it missed three reports. */
    @WithDefault("90s")
    Duration silentAfter();

    /** How long a VM without desired shares is kept after its last report. */
    @WithDefault("24h")
    Duration forgetAfter();

    /** The most VMs; the reports of others are dropped and counted. */
    @WithDefault("200000")
    int maxVms();

    /** The largest status message; larger ones are dropped and counted. */
    @WithDefault("1M")
    MemorySize maxStatus();
}
