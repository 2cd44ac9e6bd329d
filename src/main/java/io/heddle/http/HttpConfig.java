package io.heddle.http;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The REST API, the event streams and the page. */
@ConfigMapping(prefix = "heddle.http")
public interface HttpConfig {

    /** Whether the endpoints exist. Fixed at build time; the embeddable jar has none by default. */
    @WithDefault("false")
    boolean enabled();

    /** Interval of the comments that keep an event stream alive at proxies and clients. */
    @WithDefault("15s")
    Duration heartbeat();

    /** Delay before a client reconnects to an event stream that ended. */
    @WithDefault("2s")
    Duration reconnect();

    /** Number of live events that a client may be behind before its stream is ended; a snapshot does not count. */
    @WithDefault("1024")
    int eventBuffer();

    /** Time that a client has to read the rest of an ended stream before its connection is closed. */
    @WithDefault("10s")
    Duration evictionGrace();

    /** Maximum number of open event streams of one address; more are refused. */
    @WithDefault("2000")
    int maxSubscribersPerAddress();

    /** The operator's page. */
    Page page();

    /** The operator's page, at the root of the application. */
    interface Page {

        /** Whether the page exists. Fixed at build time; the embeddable jar has none by default. */
        @WithDefault("false")
        boolean enabled();
    }
}
