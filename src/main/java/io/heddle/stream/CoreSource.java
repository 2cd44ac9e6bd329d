package io.heddle.stream;

import static io.heddle.stream.StreamLog.LOG;

import io.heddle.nats.NatsConnection;
import io.heddle.nats.NatsState;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.stream.request.Inbox;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import io.smallrye.mutiny.subscription.MultiEmitter;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Plain subscriptions, without JetStream: at most once, only what is published meanwhile. The broker can't be told to wait, so
 * a bounded buffer takes what comes, and what comes when it is full is dropped and counted.
 *
 * <p>Thread-safe.
 */
public final class CoreSource {

    private final NatsConnection connection;
    private final List<String> subjects;
    private final int buffer;
    private final AtomicLong dropped = new AtomicLong();

    /**
     * @param subjects what to subscribe to, wildcards allowed
     * @param buffer how many messages may wait for each subscriber; at least 1
     */
    public CoreSource(NatsConnection connection, List<String> subjects, int buffer) {
        if (buffer < 1) {
            throw new IllegalArgumentException("a buffer of at least 1 is needed, not " + buffer);
        }
        this.connection = connection;
        this.subjects = List.copyOf(subjects);
        this.buffer = buffer;
    }

    /**
     * A subscription at the broker for each subscriber, kept through reconnects. Messages of one subject come in the order of
     * their publisher, serialised, on Mutiny's worker threads. Fails with {@link NatsUnavailableException} when the connection
     * was closed for good; never completes.
     */
    public Multi<CoreMessage> subscribe() {
        return Multi.createFrom()
                .<CoreMessage>emitter(emitter -> new Reading(emitter).start(), BackPressureStrategy.IGNORE)
                .onOverflow()
                .invoke(message -> dropped.incrementAndGet())
                .drop()
                .emitOn(Later::run, buffer);
    }

    /** How many messages were dropped because a buffer was full, over all subscribers. */
    public long dropped() {
        return dropped.get();
    }

    /** One subscriber's. */
    private final class Reading {

        private final MultiEmitter<? super CoreMessage> emitter;
        private @Nullable Connection subscribedOn; // guarded by this
        private @Nullable Inbox inbox; // guarded by this
        private boolean ended; // guarded by this

        Reading(MultiEmitter<? super CoreMessage> emitter) {
            this.emitter = emitter;
        }

        void start() {
            Runnable stopListening = connection.listen(state -> Later.run(this::lookAtConnection));
            emitter.onTermination(() -> {
                stopListening.run();
                end();
            });
        }

        private void lookAtConnection() {
            if (connection.state().phase() == NatsState.Phase.CLOSED) {
                emitter.fail(new NatsUnavailableException("the connection was closed"));
                return;
            }
            try {
                subscribe();
            } catch (NatsUnavailableException | IllegalStateException e) {
                // The next change of the connection brings us here again.
                LOG.inboxGone(String.valueOf(e.getMessage()));
            }
        }

        private synchronized void subscribe() {
            Connection now = connection.require();
            // The client library keeps subscriptions through its own reconnects; only a new connection lacks them.
            if (ended || now == subscribedOn) {
                return;
            }
            if (inbox != null) {
                inbox.close();
            }
            inbox = new Inbox(now, subjects, 0, this::received);
            subscribedOn = now;
        }

        private synchronized void end() {
            ended = true;
            if (inbox != null) {
                inbox.close();
                inbox = null;
            }
        }

        private void received(Message message) {
            emitter.emit(new CoreMessage(
                    message.getSubject(), message.getData(), message.getHeaders(), message.getReplyTo()));
        }
    }
}
