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
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The one connection of the process. It is made in the background, so a broker that is away at start is not fatal, and it
 * comes back for ever, with jitter, also where the client library gives up (it closes after two refused logins).
 *
 * <p>Thread-safe. Listeners run on a thread of the client library and must not block.
 */
public final class NatsConnection implements AutoCloseable {

    private final NatsConfig config;
    private final List<String> servers;
    private final @Nullable Supplier<SSLContext> tls;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Set<CompletableFuture<Void>> awaitingConnection = ConcurrentHashMap.newKeySet();
    private final ReplyMonitor replies = new ReplyMonitor(this::currentIfConnected);
    private final Outbox outbox = new Outbox(replies);
    private final Refusals refusals;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Object lock = new Object();
    private volatile NatsState state = NatsState.INITIAL;
    private volatile @Nullable Connection current;

    /** Called at every change of state, in order; first with the state at registration. */
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

    /** Begins to connect and returns at once. */
    public void start() {
        Thread connector = new Thread(this::connectUntilDone, "heddle-nats-connect");
        connector.setDaemon(true);
        connector.start();
    }

    public NatsState state() {
        return state;
    }

    public NatsConfig config() {
        return config;
    }

    /**
     * The client library's connection, for requests and subscriptions. Another one may take its place later: ask again
     * after every {@link Phase#CONNECTED}.
     *
     * @throws NatsUnavailableException while there is none, or it is cut off
     */
    public Connection require() {
        Connection connection = current;
        NatsState now = state;
        if (connection == null || !now.isConnected()) {
            throw new NatsUnavailableException("the broker is not reachable: "
                    + Objects.requireNonNullElse(now.error(), now.phase().name()));
        }
        return connection;
    }

    /**
     * Sends a request, once there is a first connection. Never blocks. The answer comes on the client library's one thread for
     * answers, which must not be held up, and a timeout up to 200 ms late.
     *
     * <p>Fails with {@link NatsUnavailableException} when nothing was sent because there is no connection or the broker does not
     * keep up, {@link NotPermittedException} and {@link NoRespondersException} when nothing happened, {@link NoAnswerException}
     * when the outcome is unknown.
     */
    public CompletableFuture<Message> request(
            String subject, @Nullable Headers headers, byte[] body, Duration timeout) {
        if (state.phase() == Phase.CONNECTING) {
            long start = System.nanoTime();
            return firstConnection(timeout)
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
     * Sends a message without waiting for anything. Never blocks.
     *
     * @param replyTo where answers are expected; null for none
     * @throws NatsUnavailableException when nothing was sent because there is no connection or the broker does not keep up
     */
    public void publish(String subject, @Nullable String replyTo, @Nullable Headers headers, byte[] body) {
        outbox.publish(require(), subject, replyTo, headers, body);
    }

    /** The configured prefix of inboxes, always with a dot at its end. */
    public String inboxPrefix() {
        return NatsOptions.inboxPrefix(config);
    }

    /** The latest refusal for lack of a permission, if there was one in the last minute. */
    public Optional<NotPermittedException> refusal() {
        return refusals.latest();
    }

    private @Nullable Connection currentIfConnected() {
        return state.isConnected() ? current : null;
    }

    /** Why the connection cannot be used, although it is connected or because it is not; empty while it can. */
    public Optional<String> error() {
        NatsState now = state;
        return now.isConnected() ? replies.error() : Optional.ofNullable(now.error());
    }

    /** Completes with the first connection, or with {@link NatsUnavailableException} after the timeout. */
    public CompletableFuture<Connection> firstConnection(Duration timeout) {
        CompletableFuture<Void> connected = new CompletableFuture<>();
        var unused = connected
                .completeOnTimeout(null, timeout.toNanos(), TimeUnit.NANOSECONDS)
                .whenComplete((nothing, failure) -> awaitingConnection.remove(connected));
        awaitingConnection.add(connected);
        if (state.phase() != Phase.CONNECTING) {
            connected.complete(null);
        }
        return connected.thenApply(nothing -> require());
    }

    /**
     * Registers a listener to subscriptions that the broker refused or dropped, those to inboxes excepted, which a reconnect
     * restores. The returned handle removes it.
     */
    public Runnable listenToRefusedSubscriptions(Consumer<NotPermittedException> listener) {
        return refusals.listen(listener);
    }

    /** Registers a listener; the returned handle takes it away again. */
    public Runnable listen(Listener listener) {
        synchronized (lock) {
            listeners.add(listener);
            call(listener, state);
        }
        return () -> listeners.remove(listener);
    }

    /** Ends the connection for good. Idempotent. */
    @Override
    public void close() {
        closed.countDown();
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
        change(was -> was.phase() == Phase.CLOSED ? was : was.failed(Phase.CLOSED, "closed"));
        awaitingConnection.forEach(waiting -> waiting.complete(null));
        listeners.clear();
    }

    private void connectUntilDone() {
        for (long attempt = 0; closed.getCount() > 0; attempt++) {
            try {
                Connection connection = Nats.connect(options());
                // One that is closed already has told so, and another is on its way.
                if (connection.getStatus() != Connection.Status.CLOSED && !adopt(connection)) {
                    connection.close();
                }
                return;
            } catch (IOException | RuntimeException e) {
                String reason = reasonOf(e);
                if (!reason.equals(state.error())) {
                    LOG.notYetConnected(reason);
                }
                change(was -> was.failed(was.phase(), reason));
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

    /** Makes it the current one, unless we were closed meanwhile: then it is nobody's, and would reconnect for ever. */
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
        change(was -> was.connected(version, url));
        awaitingConnection.forEach(waiting -> waiting.complete(null));
    }

    private void lost(Connection connection) {
        if (state.isConnected()) {
            LOG.disconnected();
        }
        change(was -> was.failed(Phase.DISCONNECTED, lastErrorOf(connection, "disconnected")));
    }

    /** The client library closed by itself: it does so after a login was refused twice. We go on. */
    private void givenUp(Connection connection) {
        if (closed.getCount() == 0 || connection != current) {
            return;
        }
        String reason = lastErrorOf(connection, "closed");
        LOG.connectionGivenUp(reason);
        current = null;
        change(was -> was.failed(Phase.DISCONNECTED, reason));
        start();
    }

    private void change(UnaryOperator<NatsState> step) {
        synchronized (lock) {
            NatsState next = step.apply(state);
            if (!next.equals(state) && state.phase() != Phase.CLOSED) {
                state = next;
                listeners.forEach(listener -> call(listener, next));
            }
        }
    }

    private static void call(Listener listener, NatsState state) {
        try {
            listener.changed(state);
        } catch (RuntimeException e) {
            LOG.listenerFailed(e);
        }
    }

    private static String lastErrorOf(Connection connection, String otherwise) {
        String error = connection.getLastError();
        return error == null || error.isEmpty() ? otherwise : NatsOptions.redact(error);
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
