package io.heddle.stream.request;

import static io.heddle.stream.StreamLog.LOG;

import io.heddle.stream.Later;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Subscriptions with one thread of the client library, which calls one handler. After {@link #close()} the handler is not
 * called again.
 */
public final class Inbox {

    private static final Duration CLOSE_RETRY = Duration.ofMillis(20);

    private final Connection connection;
    private final Dispatcher dispatcher;
    private final Consumer<Message> handler;
    private final List<Subscription> subscriptions;
    private volatile boolean closed;
    private volatile boolean busy;

    /**
     * Subscribes. The caller closes it again when the connection is cut off: it is not meant to outlive a reconnect.
     *
     * @param limit how many messages may wait for the handler before newer ones are dropped; 0 for any number
     */
    public Inbox(Connection connection, List<String> subjects, int limit, Consumer<Message> handler) {
        this.connection = connection;
        this.handler = handler;
        this.dispatcher = connection.createDispatcher();
        dispatcher.setPendingLimits(limit, 0);
        this.subscriptions = subjects.stream()
                .map(subject -> dispatcher.subscribe(subject, this::received))
                .toList();
    }

    /** Whether messages have arrived that the handler has not seen. */
    public boolean hasPending() {
        return dispatcher.getPendingMessageCount() > 0;
    }

    /** Ends the subscriptions at once, the thread as soon as the handler has returned. Idempotent, may be called by the handler. */
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            subscriptions.forEach(dispatcher::unsubscribe);
        } catch (IllegalStateException e) {
            LOG.inboxGone(String.valueOf(e.getMessage()));
        }
        endThread();
    }

    /** The library interrupts the thread to end it, which must not hit a subscriber that is still at work on it. */
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
