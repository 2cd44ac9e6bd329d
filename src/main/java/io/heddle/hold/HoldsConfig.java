package io.heddle.hold;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** File holds. */
@ConfigMapping(prefix = "heddle.holds")
public interface HoldsConfig {

    /** Whether holds are enabled. If not, no {@link Holds} bean exists and nothing is read from the broker. */
    @WithDefault("true")
    boolean enabled();

    /** The key-value bucket, shared with Go programs. Created when absent, never changed when present. */
    @WithDefault("bones-holds")
    String bucket();

    /** The TTL of a bucket that is created, and so the maximum ttl of a hold. An existing bucket keeps its own. */
    @WithDefault("5m")
    Duration maxTtl();

    /** The replicas of a bucket that is created. */
    @WithDefault("1")
    int replicas();

    /** How many live events a subscriber may be behind before it is ended. The snapshot does not count. */
    @WithDefault("32")
    int eventBuffer();

    /** How many past events are kept for subscribers that resume. */
    @WithDefault("1024")
    int resumeLog();

    /** Whether the TTL and replicas of a bucket are restored when another client changes them. */
    @WithDefault("false")
    boolean restoreBucket();

    /** The timeout of one request to the broker. */
    @WithDefault("2s")
    Duration requestTimeout();

    /** How long a call retries, and tries to find out the outcome of a write that was not answered. */
    @WithDefault("10s")
    Duration callTimeout();

    /** The maximum difference between the clocks of the NATS servers. A hold is shorter for its holder by it, and longer for others. */
    @WithDefault("50ms")
    Duration serverSkew();

    /**
     * The interval between requests for the broker's time and the bucket's configuration. The error of the known broker time grows by
     * 18 % of the time since then: clocks can drift apart by that much while NTP corrects them.
     */
    @WithDefault("1s")
    Duration calibrationInterval();

    /** The delay, up to twice as long with jitter, until an expired entry is deleted, so that Go programs see its end. */
    @WithDefault("5s")
    Duration sweepGrace();

    /** Who held which files, when, and how each hold ended. */
    History history();

    /** The history of holds. */
    interface History {

        /** Whether the broker records the history. If not, no {@link HoldHistory} bean exists. */
        @WithDefault("true")
        boolean enabled();

        /** The stream that sources the bucket's. Created when absent, never changed when present. */
        @WithDefault("heddle-holds-history")
        String stream();

        /** How long a stream that is created keeps an entry. */
        @WithDefault("7d")
        Duration maxAge();

        /** The maximum size of a stream that is created, in bytes; the oldest entries are removed first. An entry has about 400 bytes. */
        @WithDefault("268435456")
        long maxBytes();
    }
}
