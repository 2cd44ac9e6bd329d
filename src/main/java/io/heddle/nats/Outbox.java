package io.heddle.nats;

import io.nats.client.Connection;
import io.nats.client.JetStreamStatusException;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends all messages of this process to the broker. While the broker does not read, the client library queues messages, and
 * blocks its caller when that queue is full. So the messages in the queue and the requests in flight are limited to fewer than
 * the queue holds, and further ones fail at once. Thread-safe.
 */
final class Outbox {

    /** The maximum of requests in flight, and of messages that wait to be written. */
    static final int LIMIT = 16_384;

    private final Set<Request> requests = ConcurrentHashMap.newKeySet();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong protocolMessages = new AtomicLong();
    private final ReplyMonitor replies;

    Outbox(ReplyMonitor replies) {
        this.replies = replies;
    }

    /** A request in flight: the answer to come. */
    private static final class Request extends CompletableFuture<Message> {
        private final String subject;
        private final long start = System.nanoTime();

        Request(String subject) {
            this.subject = subject;
        }
    }

    CompletableFuture<Message> request(
            Connection connection, String subject, @Nullable Headers headers, byte[] body, Duration timeout) {
        Request request = new Request(subject);
        requests.add(request);
        try {
            var unused = send(connection, () -> connection.requestWithTimeout(subject, headers, body, timeout))
                    .whenComplete((message, failure) -> ended(request, message, failure));
        } catch (RuntimeException e) {
            requests.remove(request);
            request.completeExceptionally(e);
        }
        return request;
    }

    private void ended(Request request, @Nullable Message message, @Nullable Throwable failure) {
        requests.remove(request);
        if (failure == null) {
            replies.arrived();
            request.complete(message);
        } else if (failure instanceof JetStreamStatusException) {
            replies.arrived();
            request.completeExceptionally(new NoRespondersException(request.subject));
        } else {
            // A request that was refused has ended already.
            if (failure instanceof TimeoutException && !request.isDone()) {
                replies.missing(request.start);
            }
            request.completeExceptionally(new NoAnswerException(request.subject, failure));
        }
    }

    void publish(
            Connection connection, String subject, @Nullable String replyTo, @Nullable Headers headers, byte[] body) {
        send(connection, () -> {
            connection.publish(subject, replyTo, headers, body);
            return true;
        });
    }

    private <T> T send(Connection connection, Supplier<T> message) {
        requireRoom(connection);
        sent.incrementAndGet();
        try {
            return message.get();
        } catch (RuntimeException e) {
            sent.decrementAndGet();
            // The client library's exception when it is disconnected or closed; it does not keep the message.
            throw e instanceof IllegalStateException
                    ? new NatsUnavailableException(Objects.requireNonNullElse(e.getMessage(), "not connected"), e)
                    : e;
        }
    }

    /** The broker refused a message on this subject. */
    void refused(NotPermittedException refusal) {
        requests.stream()
                .filter(request -> request.subject.equals(refusal.subject()))
                .forEach(request -> request.completeExceptionally(refusal));
    }

    /** The client library has dropped what waited to be written. */
    void connected(Connection connection) {
        protocolMessages.set(written(connection) - sent.get());
    }

    private void requireRoom(Connection connection) {
        // The library's own count of its queue waits for a lock that its writer holds while the broker does not read.
        // The
        // number of written messages needs no lock, but includes protocol messages: they are the surplus while the
        // queue
        // is empty.
        long surplus = written(connection) - sent.get();
        long known = protocolMessages.get();
        if (surplus > known) {
            protocolMessages.compareAndSet(known, surplus);
        } else if (known - surplus >= LIMIT || requests.size() > LIMIT) {
            throw new NatsUnavailableException("the broker does not keep up: " + LIMIT + " messages wait for it");
        }
    }

    private static long written(Connection connection) {
        return connection.getStatistics().getOutMsgs();
    }
}
