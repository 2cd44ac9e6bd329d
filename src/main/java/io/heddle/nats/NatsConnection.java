package io.heddle.nats;

import static io.heddle.nats.NatsLog.LOG;

import io.heddle.nats.NatsState.Phase;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.Consumer;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The one connection of the process. It is made in the background, so a broker that is away at start is not fatal, and it
 * comes back for ever, with jitter, also where the client library gives up (it closes after two refused logins).
 *
 * <p>Thread-safe. Listeners run on a thread of the client library and must not block.
 */
public final class NatsConnection implements AutoCloseable {

    /** The most requests that may wait for their answers; further ones are refused. */
    static final int MOST_PENDING = 8_192;

    private static final Pattern VIOLATION =
            Pattern.compile("permissions violation for (publish|subscription) to \\\"(.*?)\\\"", Pattern.CASE_INSENSITIVE);
    private static final Duration LONGEST_RESTORE_DELAY = Duration.ofSeconds(10);
    private static final int RESTORE_DOUBLINGS = 5;

    private final Set<Pending> pending = ConcurrentHashMap.newKeySet();
    private final Set<CompletableFuture<Void>> awaitingConnection = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean restoring = new AtomicBoolean();
    private final AtomicInteger restores = new AtomicInteger();
    private volatile @Nullable NotPermittedException refusal;
    private final NatsConfig config;
    private final List<String> servers;
    private final @Nullable Supplier<SSLContext> tls;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
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
     * As {@link #require()}, and fails at once where sending would block because the broker does not read.
     *
     * @throws NatsUnavailableException also when too many requests wait for their answers
     */
    public Connection requireForSending() {
        Connection connection = require();
        // Not the library's own count: that waits for the lock that its writer holds while the broker does not read.
        if (pending.size() >= MOST_PENDING) {
            throw new NatsUnavailableException("too many requests wait for an answer: " + MOST_PENDING);
        }
        return connection;
    }

    /** The configured prefix of inboxes, always with a dot at its end. */
    public String inboxPrefix() {
        return NatsOptions.inboxPrefix(config);
    }

    /** The latest refusal for lack of permission on this connection, for a readiness detail. */
    public Optional<NotPermittedException> refusal() {
        return Optional.ofNullable(refusal);
    }

    /** Completes with the first connection, or with {@link NatsUnavailableException} after the timeout. */
    public CompletableFuture<Void> firstConnection(Duration timeout) {
        CompletableFuture<Void> connected = new CompletableFuture<>();
        var unused = connected
                .completeOnTimeout(null, timeout.toNanos(), TimeUnit.NANOSECONDS)
                .whenComplete((nothing, failure) -> awaitingConnection.remove(connected));
        awaitingConnection.add(connected);
        if (state.phase() != Phase.CONNECTING) {
            connected.complete(null);
        }
        return connected.thenRun(() -> require());
    }

    /** Fails the answer at once with {@link NotPermittedException} when the broker refuses a publish on the subject. */
    public void failWhenNotPermitted(String subject, CompletableFuture<?> answer) {
        Pending request = new Pending(subject, answer);
        pending.add(request);
        var unused = answer.whenComplete((item, failure) -> pending.remove(request));
    }

    private record Pending(String subject, CompletableFuture<?> answer) {}

    private void refused(Connection connection, String error) {
        Matcher violation = VIOLATION.matcher(error);
        if (!violation.find()) {
            return;
        }
        String subject = violation.group(2);
        NotPermittedException failure = new NotPermittedException(subject);
        refusal = failure;
        if (violation.group(1).equalsIgnoreCase("publish")) {
            pending.stream()
                    .filter(request -> request.subject().equals(subject))
                    .forEach(request -> request.answer().completeExceptionally(failure));
        } else if (subject.startsWith(inboxPrefix())) {
            restoreInboxes(connection);
        }
    }

    /** The broker drops a subscription with its permission and does not restore it: only a reconnect subscribes again. */
    private void restoreInboxes(Connection connection) {
        if (!restoring.compareAndSet(false, true)) {
            return;
        }
        long millis = Math.min(
                LONGEST_RESTORE_DELAY.toMillis(),
                1_000L << Math.min(restores.getAndIncrement(), RESTORE_DOUBLINGS));
        Thread restorer = new Thread(
                () -> {
                    try {
                        boolean ended = closed.await(millis, TimeUnit.MILLISECONDS);
                        restoring.set(false);
                        if (!ended && connection == current) {
                            connection.forceReconnect();
                        }
                    } catch (IOException | IllegalStateException e) {
                        LOG.trouble(reasonOf(e));
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "heddle-nats-restore");
        restorer.setDaemon(true);
        restorer.start();
    }

    /** An answer arrived, so the inbox works. */
    public void answered() {
        if (restores.get() != 0) {
            restores.set(0);
        }
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
        refusal = null;
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
            refused(connection, error);
        }

        @Override
        public void exceptionOccurred(Connection connection, Exception exception) {
            LOG.trouble(reasonOf(exception));
        }

        @Override
        public void slowConsumerDetected(Connection connection, Consumer consumer) {
            LOG.slowConsumer(consumer.getDroppedCount());
        }
    }
}
