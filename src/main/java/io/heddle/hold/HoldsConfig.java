package io.heddle.hold;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** File holds. */
@ConfigMapping(prefix = "heddle.holds")
public interface HoldsConfig {

    /** Whether there are holds here. Off, no {@link Holds} bean can be looked up and nothing is read from the broker. */
    @WithDefault("true")
    boolean enabled();

    /** The key-value bucket; shared with the Go agents. Made when absent, and never rewritten when it is there. */
    @WithDefault("bones-holds")
    String bucket();

    /** The TTL of a bucket that we make, and so the longest ttl of a hold. A bucket that exists has its own. */
    @WithDefault("5m")
    Duration maxTtl();

    /** How many servers keep a bucket that we make. */
    @WithDefault("1")
    int replicas();

    /** How many live events a subscriber may be behind before it is ended; its snapshot does not count. */
    @WithDefault("32")
    int eventBuffer();

    /** How many past events are kept for subscribers that come back. */
    @WithDefault("1024")
    int resumeLog();

    /** Whether a bucket whose replicas or TTL somebody else changed is put back to what it was. */
    @WithDefault("false")
    boolean restoreBucket();

    /** How long one request waits for its answer. */
    @WithDefault("2s")
    Duration requestTimeout();

    /** How long a call tries to find out what became of a write that was not answered. */
    @WithDefault("10s")
    Duration callTimeout();

    /** How far the clocks of the broker's own servers may be apart. Every hold is that much shorter for its holder, longer for others. */
    @WithDefault("50ms")
    Duration serverSkew();

    /**
     * How often the broker is asked for its time and the bucket's configuration. The error of the known broker time grows by 18 % of
     * the time since then: so much can clocks drift apart while NTP corrects them.
     */
    @WithDefault("1s")
    Duration calibrationInterval();

    /** How long an expired entry is left alone before it is deleted, so that the Go agents see it go; up to twice as long, with jitter. */
    @WithDefault("5s")
    Duration sweepGrace();
}
