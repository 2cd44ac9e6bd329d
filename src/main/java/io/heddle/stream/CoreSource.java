package io.heddle.stream;

import static io.heddle.stream.StreamLog.LOG;

import io.heddle.nats.Backoff;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NatsState;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.nats.NotPermittedException;
import io.heddle.stream.request.Inbox;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import io.smallrye.mutiny.subscription.MultiEmitter;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Core NATS subscriptions, without JetStream: at most once, only messages published after the subscription. A bounded buffer
 * holds messages for each subscriber; when it is full, new messages are dropped and counted.
 *
 * <p>Thread-safe.
 */
public final class CoreSource {

    private static final Backoff RESUBSCRIBE = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(16));

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
            throw new IllegalArgumentException("the buffer must be at least 1, not " + buffer);
        }
        this.connection = connection;
        this.subjects = List.copyOf(subjects);
        this.buffer = buffer;
    }

    /**
     * Returns messages from a subscription of its own for each subscriber, which survives reconnects and is restored after its
     * permission was missing. Messages of one subject arrive in the order of their publisher, serialised, on Mutiny's worker
     * threads. Fails with {@link NatsUnavailableException} when the connection was closed for good; never completes.
     */
    public Multi<CoreMessage> subscribe() {
        return subscribe(() -> {});
    }

    /** As {@link #subscribe()}; calls back, quickly, when the subscription was sent, on each new connection. */
    public Multi<CoreMessage> subscribe(Runnable subscribed) {
        return Multi.createFrom()
                .<CoreMessage>emitter(emitter -> new Reading(emitter, subscribed).start(), BackPressureStrategy.IGNORE)
                .onOverflow()
                .invoke(message -> dropped.incrementAndGet())
                .drop()
                .emitOn(Later::run, buffer);
    }

    /** The number of messages dropped because a buffer was full, of all subscribers. */
    public long dropped() {
        return dropped.get();
    }

    /** The subscription of one subscriber. */
    private final class Reading {

        private final MultiEmitter<? super CoreMessage> emitter;
        private final Runnable onSubscribed;
        private @Nullable Connection subscribedOn; // guarded by this
        private @Nullable Inbox inbox; // guarded by this
        private boolean ended; // guarded by this
        private final Set<String> refused = new HashSet<>(); // guarded by this
        private int refusals; // guarded by this

        Reading(MultiEmitter<? super CoreMessage> emitter, Runnable onSubscribed) {
            this.emitter = emitter;
            this.onSubscribed = onSubscribed;
        }

        void start() {
            Runnable stopListening = connection.listen(state -> Later.run(this::checkConnection));
            Runnable stopListeningToRefusals = connection.listenToRefusedSubscriptions(this::refused);
            emitter.onTermination(() -> {
                stopListening.run();
                stopListeningToRefusals.run();
                end();
            });
        }

        private void checkConnection() {
            if (connection.state().phase() == NatsState.Phase.CLOSED) {
                emitter.fail(new NatsUnavailableException("the connection was closed"));
                return;
            }
            try {
                subscribe();
            } catch (NatsUnavailableException | IllegalStateException e) {
                LOG.inboxGone(String.valueOf(e.getMessage())); // the next change of the connection tries again
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
            onSubscribed.run();
        }

        /** The broker drops a subscription with its permission and does not restore it: try until it is permitted. */
        private synchronized void refused(NotPermittedException refusal) {
            String subject = refusal.subject();
            if (!ended && subjects.contains(subject) && refused.add(subject)) {
                Later.run(RESUBSCRIBE.delay(++refusals), () -> resubscribe(subject));
            }
        }

        private synchronized void resubscribe(String subject) {
            refused.remove(subject);
            if (inbox != null) {
                inbox.resubscribe(subject);
            }
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
