package io.heddle.nats;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How the broker is reached. */
@ConfigMapping(prefix = "heddle.nats")
public interface NatsConfig {

    /** The servers of one cluster, {@code nats://host:port} or {@code tls://host:port}; the others are learned from it. */
    @WithDefault("nats://localhost:4222")
    List<String> servers();

    /** A credentials file (JWT and nkey seed), read again at every connect, so that it can be rotated. */
    Optional<Path> credentialsFile();

    /** A file with an nkey seed. */
    Optional<Path> nkeyFile();

    /** The user, together with {@code password}. */
    Optional<String> user();

    /** The password of {@code user}. */
    Optional<String> password();

    /** A token. */
    Optional<String> token();

    /**
     * What the subjects begin with on which this client gets its answers. Where clients must not read each other's, each user has
     * one of its own, and the right to listen to nothing else; see {@code docs/nats/permissions.conf}. Ends with a dot.
     */
    @WithDefault("_INBOX.")
    String inboxPrefix();

    /** Transport security. */
    Tls tls();

    /** How long one attempt to connect may take. */
    @WithDefault("3s")
    Duration connectTimeout();

    /** How often an idle connection is checked; two missed answers end it. */
    @WithDefault("10s")
    Duration pingInterval();

    /** The longest wait between two attempts to reconnect; attempts go on for ever, with jitter. */
    @WithDefault("1s")
    Duration reconnectMaxDelay();

    /** Whether a server older than 2.12 counts as ready, although its compare-and-set is not to be trusted. */
    @WithDefault("false")
    boolean allowUnsafeServer();

    /** The nats-server that dev mode starts by itself. */
    LocalServer localServer();

    /** Transport security. */
    interface Tls {

        /**
         * The name of a TLS configuration ({@code quarkus.tls.<name>.*}) with the trust store and, for client
         * certificates, the key store. None: {@code tls://} servers are checked against the JVM's trust store.
         */
        Optional<String> configurationName();

        /** Whether TLS starts before the server's greeting, for servers with {@code handshake_first}. */
        @WithDefault("false")
        boolean first();
    }

    /** The nats-server that dev mode starts by itself. */
    interface LocalServer {

        /** Whether to start one. On in dev mode only. */
        @WithDefault("false")
        boolean enabled();

        /** The port to listen on; a free one is taken when it is in use. */
        @WithDefault("4222")
        int port();

        /** The nats-server program. */
        @WithDefault("nats-server")
        String command();

        /** Where its streams are kept. */
        @WithDefault("target/nats")
        Path dataDir();
    }
}
