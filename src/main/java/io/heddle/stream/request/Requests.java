package io.heddle.stream.request;

import io.heddle.nats.NatsConnection;
import io.heddle.nats.NatsState.Phase;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.nats.NoAnswerException;
import io.heddle.nats.NoRespondersException;
import io.heddle.stream.Later;
import io.nats.client.Connection;
import io.nats.client.JetStreamStatusException;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Requests over the broker connection, with a failure for each kind of trouble. No thread waits for an answer. There is no
 * timer for each request either: the client library sweeps over those in flight, so a timeout may be about 200 ms late.
 */
public final class Requests {

    private final NatsConnection connection;

    public Requests(NatsConnection connection) {
        this.connection = connection;
    }

    /**
     * Sends a request at each subscription to the {@code Uni}. The answer comes on the client library's one thread for answers:
     * whoever does more than a little with it must move on to another thread.
     *
     * <p>Fails with {@link NatsUnavailableException} when nothing was sent, {@link NoRespondersException} when nobody listens,
     * {@link NoAnswerException} when the outcome is unknown.
     */
    Uni<Message> send(String subject, @Nullable Headers headers, byte[] body, Duration timeout) {
        return Uni.createFrom().completionStage(() -> sendNow(subject, headers, body, timeout));
    }

    /** The same, sent at once: for the hot paths, where the operators of a {@code Uni} would be felt. */
    public CompletableFuture<Message> sendNow(
            String subject, @Nullable Headers headers, byte[] body, Duration timeout) {
        if (connection.state().phase() == Phase.CONNECTING) {
            long start = System.nanoTime();
            return connection
                    .firstConnection(timeout)
                    .thenCompose(connected ->
                            sendConnected(subject, headers, body, timeout.minusNanos(System.nanoTime() - start)));
        }
        return sendConnected(subject, headers, body, timeout);
    }

    private CompletableFuture<Message> sendConnected(
            String subject, @Nullable Headers headers, byte[] body, Duration timeout) {
        try {
            Connection broker = connection.requireForSending();
            CompletableFuture<Message> answer = new CompletableFuture<>();
            connection.failWhenNotPermitted(subject, answer);
            try {
                var unused = broker.requestWithTimeout(subject, headers, body, timeout)
                        .whenComplete((message, failure) -> {
                            if (failure == null) {
                                connection.answered();
                                answer.complete(message);
                            } else {
                                answer.completeExceptionally(failureOf(subject, failure));
                            }
                        });
            } catch (RuntimeException e) {
                answer.completeExceptionally(e); // it is not pending
                throw e;
            }
            return answer;
        } catch (NatsUnavailableException e) {
            return CompletableFuture.failedFuture(e);
        } catch (IllegalStateException e) {
            // What the library throws when the connection is cut off or closed; it keeps nothing back to send later.
            String reason = Objects.requireNonNullElse(e.getMessage(), "not connected");
            return CompletableFuture.failedFuture(new NatsUnavailableException(reason, e));
        }
    }

    /**
     * As {@link #send}, and sends the same again and again until the first answer: for a request that may be carried out twice.
     * A broker that is electing a leader answers nothing; so whoever asked before the election need not wait for his timeout.
     */
    Uni<Message> sendUntilAnswered(String subject, byte[] body, Duration timeout, Duration every) {
        return Uni.createFrom().emitter(emitter -> {
            AtomicBoolean answered = new AtomicBoolean();
            Cancellable unused = send(subject, null, body, timeout)
                    .onTermination()
                    .invoke(() -> answered.set(true))
                    .subscribe()
                    .with(emitter::complete, emitter::fail);
            long until = System.nanoTime() + timeout.toNanos();
            Later.run(every, new Runnable() {
                @Override
                public void run() {
                    Duration left = Duration.ofNanos(until - System.nanoTime());
                    if (answered.get() || left.compareTo(every) < 0) {
                        return;
                    }
                    // Only answers count: the first request tells how it ends without one.
                    Cancellable unusedToo = send(subject, null, body, left)
                            .invoke(() -> answered.set(true))
                            .subscribe()
                            .with(emitter::complete, failure -> {});
                    Later.run(every, this);
                }
            });
        });
    }

    private static RuntimeException failureOf(String subject, Throwable failure) {
        return failure instanceof JetStreamStatusException
                ? new NoRespondersException(subject)
                : new NoAnswerException(subject, failure);
    }
}
