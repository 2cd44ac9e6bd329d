package io.heddle.http;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** REST, server-sent events and the page. */
@ConfigMapping(prefix = "heddle.http")
public interface HttpConfig {

    /** Whether there are endpoints. Decided when the application is built: the embeddable jar has none. */
    @WithDefault("false")
    boolean enabled();

    /** How often a stream of events sends a comment, so that neither proxies nor clients take it for dead. */
    @WithDefault("15s")
    Duration heartbeat();

    /** How long a client is asked to wait before it connects again to a stream of events that ended. */
    @WithDefault("2s")
    Duration reconnect();

    /** How many live events a client may be behind before its stream is ended; a snapshot does not count. */
    @WithDefault("1024")
    int eventBuffer();

    /** How long a client whose stream ends has to take what is left of it, before its connection is closed. */
    @WithDefault("10s")
    Duration evictionGrace();

    /** How many streams of events one address may have open. More are refused. */
    @WithDefault("2000")
    int maxSubscribersPerAddress();

    /** The operator's page. */
    Page page();

    /** The operator's page, at the root of the application. */
    interface Page {

        /** Whether there is one. Decided when the application is built: the embeddable jar has none. */
        @WithDefault("false")
        boolean enabled();
    }
}
