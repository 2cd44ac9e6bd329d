package io.heddle.nats;

import static io.heddle.nats.NatsLog.LOG;

import io.heddle.nats.NatsState.Phase;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.ErrorListener;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The one connection of the process. It connects in the background, so a broker that is away at start is not fatal, and it
 * reconnects without limit, with jitter, also where the client library gives up (it closes after two refused logins).
 *
 * <p>Thread-safe. Listeners run on a thread of the client library and must not block.
 */
public final class NatsConnection implements AutoCloseable {

    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(2);

    private final NatsConfig config;
    private final List<String> servers;
    private final @Nullable Supplier<SSLContext> tls;
    private final ConnectionState state = new ConnectionState();
    private final ReplyMonitor replies = new ReplyMonitor(this::probe, this::reconnect);
    private final Outbox outbox = new Outbox(replies);
    private final Refusals refusals;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Object lock = new Object();
    private volatile @Nullable Connection current;

    /** Notified of every change of state, in order; first of the state at registration. */
    public interface Listener {
        void changed(NatsState state);
    }

    /**
     * @param config where to connect to
     * @param tls gives the TLS context of a new connection; null leaves it to the addresses
     */
    public NatsConnection(NatsConfig config, @Nullable Supplier<SSLContext> tls) {
        this(config, config.servers(), tls);
    }

    NatsConnection(NatsConfig config, List<String> servers, @Nullable Supplier<SSLContext> tls) {
        this.config = config;
        this.servers = servers;
        this.tls = tls;
        this.refusals = new Refusals(inboxPrefix(), outbox, replies);
    }

    /** Starts to connect and returns at once. */
    public void start() {
        Thread connector = new Thread(this::connectUntilDone, "heddle-nats-connect");
        connector.setDaemon(true);
        connector.start();
    }

    public NatsState state() {
        return state.get();
    }

    public NatsConfig config() {
        return config;
    }

    /**
     * The client library's connection, for subscriptions and server information. It may be replaced later: call this again after
     * every {@link Phase#CONNECTED}. To send, use {@link #request} and {@link #publish}.
     *
     * @throws NatsUnavailableException while there is no connection
     */
    public Connection require() {
        Connection connection = current;
        NatsState now = state();
        if (connection == null || !now.isConnected()) {
            throw new NatsUnavailableException("the broker is not reachable: " + reasonOf(now));
        }
        return connection;
    }

    /** Completes with the connection, once there was a first one; fails with {@link NatsUnavailableException} after the timeout. */
    public CompletableFuture<Connection> whenConnected(Duration timeout) {
        return state.first(timeout).thenApply(nothing -> require());
    }

    /**
     * Sends a request, once there is a first connection. Never blocks. The answer arrives on the client library's single thread
     * for answers, which must not be blocked, and a timeout up to 200 ms late.
     *
     * <p>Fails with {@link NatsUnavailableException} when nothing was sent because there is no connection or the broker does not
     * keep up, {@link NotPermittedException} and {@link NoRespondersException} when nothing happened, {@link NoAnswerException}
     * when the outcome is unknown.
     */
    public CompletableFuture<Message> request(
            String subject, @Nullable Headers headers, byte[] body, Duration timeout) {
        if (state().phase() == Phase.CONNECTING) {
            long start = System.nanoTime();
            return whenConnected(timeout)
                    .thenCompose(connection -> outbox.request(
                            connection, subject, headers, body, timeout.minusNanos(System.nanoTime() - start)));
        }
        try {
            return outbox.request(require(), subject, headers, body, timeout);
        } catch (NatsUnavailableException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * Sends a message and returns at once. Never blocks.
     *
     * @param replyTo the subject for answers; null for none
     * @throws NatsUnavailableException when nothing was sent because there is no connection or the broker does not keep up
     */
    public void publish(String subject, @Nullable String replyTo, @Nullable Headers headers, byte[] body) {
        outbox.publish(require(), subject, replyTo, headers, body);
    }

    /** The configured prefix of inboxes, with a dot at its end. */
    public String inboxPrefix() {
        return NatsOptions.inboxPrefix(config);
    }

    /** Why the broker cannot be used: not connected, or requests are not answered; empty while it can. Human-readable. */
    public Optional<String> error() {
        NatsState now = state();
        return now.isConnected() ? replies.error() : Optional.of(reasonOf(now));
    }

    /** The latest message or subscription that the broker refused for lack of a permission, in the last minute. */
    public Optional<NotPermittedException> refusal() {
        return refusals.latest();
    }

    /**
     * Registers a listener to subscriptions that the broker refused or dropped, except those to inboxes, which a reconnect
     * restores. The returned handle removes it.
     */
    public Runnable listenToRefusedSubscriptions(Consumer<NotPermittedException> listener) {
        return refusals.listen(listener);
    }

    /** Registers a listener. The returned handle removes it. */
    public Runnable listen(Listener listener) {
        return state.listen(listener);
    }

    /** Closes the connection for good. Idempotent. */
    @Override
    public void close() {
        closed.countDown();
        replies.close();
        Connection connection;
        synchronized (lock) {
            connection = current;
        }
        if (connection != null) {
            try {
                connection.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        state.change(was -> was.phase() == Phase.CLOSED ? was : was.failed(Phase.CLOSED, "closed"));
        state.clearListeners();
    }

    /** A request that the broker itself answers. */
    private CompletableFuture<Message> probe() {
        return request("$SYS.REQ.USER.INFO", null, new byte[0], PROBE_TIMEOUT);
    }

    /** Blocks until the client library has reconnected. */
    private void reconnect() {
        Connection connection = current;
        if (connection == null || !state().isConnected()) {
            return;
        }
        try {
            LOG.noAnswers();
            connection.forceReconnect();
        } catch (IOException | IllegalStateException e) {
            LOG.trouble(reasonOf(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void connectUntilDone() {
        for (long attempt = 0; closed.getCount() > 0; attempt++) {
            try {
                Connection connection = Nats.connect(options());
                // A connection that is closed already has notified us, and the next one is being made.
                if (connection.getStatus() != Connection.Status.CLOSED && !adopt(connection)) {
                    connection.close();
                }
                return;
            } catch (IOException | RuntimeException e) {
                String reason = reasonOf(e);
                if (!reason.equals(state().error())) {
                    LOG.notYetConnected(reason);
                }
                state.change(was -> was.failed(was.phase(), reason));
                pause(attempt);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void pause(long attempt) {
        try {
            boolean end = closed.await(
                    NatsOptions.delay(attempt, config.reconnectMaxDelay()).toMillis(), TimeUnit.MILLISECONDS);
            if (end) {
                LOG.trouble("closed while connecting");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Options options() {
        return NatsOptions.builder(config, servers, tls)
                .connectionListener(new Events())
                .errorListener(new Errors())
                .build();
    }

    /** Makes it the current one, unless this object was closed meanwhile: an unused connection would reconnect forever. */
    private boolean adopt(Connection connection) {
        synchronized (lock) {
            if (closed.getCount() == 0) {
                return false;
            }
            current = connection;
            return true;
        }
    }

    private void connected(Connection connection) {
        if (!adopt(connection)) {
            return;
        }
        ServerVersion version = ServerVersion.parse(connection.getServerInfo().getVersion());
        String url = NatsOptions.redact(Objects.requireNonNullElse(connection.getConnectedUrl(), "?"));
        LOG.connected(url, version);
        if (!version.isSafe()) {
            if (config.allowUnsafeServer()) {
                LOG.unsafeServerAllowed(version, ServerVersion.MINIMUM);
            } else {
                LOG.unsafeServer(version, ServerVersion.MINIMUM);
            }
        }
        outbox.connected(connection);
        state.change(was -> was.connected(version, url));
    }

    private void lost(Connection connection) {
        if (state().isConnected()) {
            LOG.disconnected();
        }
        state.change(was -> was.failed(Phase.DISCONNECTED, lastErrorOf(connection, "disconnected")));
    }

    /** The client library closed by itself, as it does after two refused logins: make a new connection. */
    private void givenUp(Connection connection) {
        if (closed.getCount() == 0 || connection != current) {
            return;
        }
        String reason = lastErrorOf(connection, "closed");
        LOG.connectionGivenUp(reason);
        current = null;
        state.change(was -> was.failed(Phase.DISCONNECTED, reason));
        start();
    }

    private static String lastErrorOf(Connection connection, String otherwise) {
        String error = connection.getLastError();
        return error == null || error.isEmpty() ? otherwise : NatsOptions.redact(error);
    }

    private static String reasonOf(NatsState state) {
        return Objects.requireNonNullElse(state.error(), state.phase().name());
    }

    private static String reasonOf(Exception e) {
        return NatsOptions.redact(
                Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName()));
    }

    private final class Events implements ConnectionListener {
        @Override
        @SuppressWarnings("deprecation") // the only one of the overloads that a listener must have
        public void connectionEvent(Connection connection, ConnectionListener.Events type) {
            switch (type) {
                // RECONNECTED comes before the subscriptions are back; RESUBSCRIBED comes after.
                case CONNECTED, RESUBSCRIBED -> connected(connection);
                case DISCONNECTED -> {
                    if (connection == current) {
                        lost(connection);
                    }
                }
                case CLOSED -> givenUp(connection);
                case RECONNECTED, DISCOVERED_SERVERS, LAME_DUCK -> LOG.trouble(type.toString());
            }
        }
    }

    private final class Errors implements ErrorListener {
        @Override
        public void errorOccurred(Connection connection, String error) {
            LOG.brokerError(NatsOptions.redact(error));
            refusals.received(error);
        }

        @Override
        public void exceptionOccurred(Connection connection, Exception exception) {
            LOG.trouble(reasonOf(exception));
        }

        @Override
        public void slowConsumerDetected(Connection connection, io.nats.client.Consumer consumer) {
            LOG.slowConsumer(consumer.getDroppedCount());
        }
    }
}
