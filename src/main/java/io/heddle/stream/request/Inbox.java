package io.heddle.stream.request;

import static io.heddle.stream.StreamLog.LOG;

import io.heddle.stream.Later;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Subscriptions whose messages go to one handler, on one thread of the client library. The handler is not called after
 * {@link #close()}.
 */
public final class Inbox {

    private static final Duration CLOSE_RETRY = Duration.ofMillis(20);

    private final Connection connection;
    private final Dispatcher dispatcher;
    private final Consumer<Message> handler;
    private final Map<String, Subscription> subscriptions = new ConcurrentHashMap<>();
    private volatile boolean closed;
    private volatile boolean busy;

    /**
     * Subscribes. The client library restores the subscriptions when it reconnects.
     *
     * @param limit the maximum of messages that wait for the handler; newer ones are dropped; 0 for no limit
     */
    public Inbox(Connection connection, List<String> subjects, int limit, Consumer<Message> handler) {
        this.connection = connection;
        this.handler = handler;
        this.dispatcher = connection.createDispatcher();
        dispatcher.setPendingLimits(limit, 0);
        subjects.forEach(subject -> subscriptions.put(subject, dispatcher.subscribe(subject, this::received)));
    }

    /** Subscribes again to one of the subjects: the broker refused it. Does nothing when the connection is closed. */
    public void resubscribe(String subject) {
        if (closed) {
            return;
        }
        try {
            Subscription refused = subscriptions.remove(subject);
            if (refused != null) {
                dispatcher.unsubscribe(refused);
            }
            subscriptions.put(subject, dispatcher.subscribe(subject, this::received));
        } catch (IllegalStateException e) {
            LOG.inboxGone(String.valueOf(e.getMessage()));
        }
    }

    /** Whether messages have arrived that the handler has not seen. */
    public boolean hasPending() {
        return dispatcher.getPendingMessageCount() > 0;
    }

    /** Ends the subscriptions at once, and the thread when the handler has returned. Idempotent; the handler may call it. */
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            subscriptions.values().forEach(dispatcher::unsubscribe);
        } catch (IllegalStateException e) {
            LOG.inboxGone(String.valueOf(e.getMessage()));
        }
        endThread();
    }

    /** The library ends the thread by an interrupt, which must not reach a handler that is still running. */
    private void endThread() {
        if (busy) {
            Later.run(CLOSE_RETRY, this::endThread);
            return;
        }
        try {
            connection.closeDispatcher(dispatcher);
        } catch (IllegalStateException | IllegalArgumentException e) {
            LOG.inboxGone(String.valueOf(e.getMessage()));
        }
    }

    private void received(Message message) {
        busy = true;
        try {
            if (!closed) {
                handler.accept(message);
            }
        } finally {
            busy = false;
        }
    }
}
