package io.heddle.nats;

import io.nats.client.Nats;
import io.nats.client.Options;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** From our configuration to the client library's options. */
final class NatsOptions {

    private static final Pattern USER_INFO = Pattern.compile("://.*@", Pattern.DOTALL);
    private static final Duration REQUEST_SWEEP = Duration.ofMillis(200);
    private static final Duration FIRST_DELAY = Duration.ofMillis(50);

    private NatsOptions() {}

    /** Everything but the listeners. Built anew for every connection, so that rotated credentials are read again. */
    static Options.Builder builder(NatsConfig config, List<String> servers, @Nullable Supplier<SSLContext> tls) {
        Options.Builder builder = new Options.Builder()
                .servers(servers.toArray(String[]::new))
                .connectionName("heddle")
                .inboxPrefix(inboxPrefix(config))
                .connectionTimeout(config.connectTimeout())
                .pingInterval(config.pingInterval())
                .maxPingsOut(2)
                .maxReconnects(-1)
                // Nothing is written behind a caller's back: a publish while disconnected fails at once.
                .reconnectBufferSize(0)
                // A full queue blocks callers: Outbox refuses long before.
                .maxMessagesInOutgoingQueue(4 * Outbox.LIMIT)
                // Requests fail in their kind: nobody listens, or no answer in time; and not much later than they say.
                .reportNoResponders()
                .useTimeoutException()
                .requestCleanupInterval(REQUEST_SWEEP)
                .reconnectDelayHandler(rounds -> delay(rounds, config.reconnectMaxDelay()));
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

    /** Exponential with full jitter, so that a thousand agents do not come back in the same moment. */
    static Duration delay(long round, Duration max) {
        long ceiling = Math.min(max.toMillis(), FIRST_DELAY.toMillis() << Math.min(round, 20));
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(ceiling / 2, ceiling + 1));
    }

    /** Takes user names, passwords and tokens out of addresses; too much rather than too little, as they may hold any sign. */
    static String redact(String text) {
        return USER_INFO.matcher(text).replaceAll("://***@");
    }
}
