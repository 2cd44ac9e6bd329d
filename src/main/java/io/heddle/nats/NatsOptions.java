package io.heddle.nats;

import io.nats.client.Nats;
import io.nats.client.Options;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Converts our configuration to the client library's options. */
final class NatsOptions {

    private static final Pattern USER_INFO = Pattern.compile("://.*@", Pattern.DOTALL);
    private static final Duration REQUEST_SWEEP = Duration.ofMillis(200);
    private static final Duration FIRST_DELAY = Duration.ofMillis(50);

    private NatsOptions() {}

    /** All options but the listeners. Built again for every connection, so that rotated credentials are read again. */
    static Options.Builder builder(NatsConfig config, List<String> servers, @Nullable Supplier<SSLContext> tls) {
        Options.Builder builder = new Options.Builder()
                .servers(servers.toArray(String[]::new))
                .connectionName("heddle")
                .inboxPrefix(inboxPrefix(config))
                .connectionTimeout(config.connectTimeout())
                .pingInterval(config.pingInterval())
                .maxPingsOut(2)
                .maxReconnects(-1)
                // A publish while disconnected fails at once, and is not sent later.
                .reconnectBufferSize(0)
                // A full queue blocks callers: Outbox refuses long before.
                .maxMessagesInOutgoingQueue(4 * Outbox.LIMIT)
                // Requests fail with the reason, no responders or a timeout, and not much later than their timeout.
                .reportNoResponders()
                .useTimeoutException()
                .requestCleanupInterval(REQUEST_SWEEP)
                .reconnectDelayHandler(rounds -> backoff(config).delay((int) rounds + 1));
        config.credentialsFile().ifPresent(file -> builder.authHandler(Nats.credentials(file.toString())));
        config.nkeyFile().ifPresent(file -> builder.authHandler(Nats.credentials(null, file.toString())));
        config.user()
                .ifPresent(user -> builder.userInfo(
                        user.toCharArray(), config.password().orElse("").toCharArray()));
        config.token().ifPresent(token -> builder.token(token.toCharArray()));
        if (tls != null) {
            builder.sslContext(tls.get());
        }
        if (config.tls().first()) {
            builder.tlsFirst();
        }
        return builder;
    }

    /** The configured prefix of inboxes, with a dot at its end. */
    static String inboxPrefix(NatsConfig config) {
        String prefix = config.inboxPrefix();
        return prefix.endsWith(".") ? prefix : prefix + ".";
    }

    /** The delays between attempts to connect: with jitter, so that clients do not come back all at once. */
    static Backoff backoff(NatsConfig config) {
        return new Backoff(FIRST_DELAY, config.reconnectMaxDelay());
    }

    /** Removes user names, passwords and tokens from addresses; too much rather than too little, as they may contain any character. */
    static String redact(String text) {
        return USER_INFO.matcher(text).replaceAll("://***@");
    }
}
