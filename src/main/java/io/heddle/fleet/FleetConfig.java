package io.heddle.fleet;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The control plane. */
@ConfigMapping(prefix = "heddle.fleet")
public interface FleetConfig {

    /** Whether there is a control plane here. Off, no {@link Fleet} bean can be looked up and nothing is read from the broker. */
    @WithDefault("true")
    boolean enabled();

    /**
     * The key-value bucket with one record for each group; made when absent, and never rewritten when it is there. The records
     * hold the credentials of their shares: only control planes may read it.
     */
    @WithDefault("heddle-groups")
    String bucket();

    /** How many servers keep a bucket that we make. */
    @WithDefault("1")
    int replicas();

    /** The most VMs of a group. Its record must fit into one message of the broker as well ({@code max_payload}). */
    @WithDefault("10000")
    int maxGroupSize();

    /** The most shares of a group: a stream that keeps 64 messages for each VM would forget one more. */
    @WithDefault("64")
    int maxGroupShares();

    /** How many publishes to VMs wait for their acknowledgement at the same time, over all groups. */
    @WithDefault("1024")
    int inFlight();

    /** How long one publish waits for its acknowledgement before it is made again. */
    @WithDefault("2s")
    Duration publishTimeout();

    /** How long a change of a group may stand still until another replica goes on with it. */
    @WithDefault("10s")
    Duration resumeAfter();

    /** When an agent counts as late: it reports every 30 s, so it missed one. */
    @WithDefault("45s")
    Duration lateAfter();

    /** When an agent counts as silent: it missed three reports. */
    @WithDefault("90s")
    Duration silentAfter();

    /** How long a VM that nobody wants anything of is remembered after its last report. */
    @WithDefault("24h")
    Duration forgetAfter();

    /** The most VMs that are watched; what others report is dropped and counted. */
    @WithDefault("200000")
    int maxVms();

    /** Larger reports of agents are dropped unread, and counted. */
    @WithDefault("256K")
    MemorySize maxStatus();
}
