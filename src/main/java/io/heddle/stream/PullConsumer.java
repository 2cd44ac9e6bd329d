package io.heddle.stream;

import io.heddle.nats.NatsConnection;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.stream.request.Inbox;
import io.heddle.stream.request.JetStreamApi;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.support.Status;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One consumer at the broker while it is read: its pulls, and the checks that no message was lost. When a check fails, the
 * subscription creates another consumer, as the client library's ordered consumers do.
 *
 * <p>Not thread-safe: used in the subscription's loop only. Only the handler is called by the client library's thread.
 *
 * @see <a href="https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-37.md">ADR-37, pull consumers</a>
 */
final class PullConsumer {

    /** The interval of the broker's heartbeats while a pull is open. */
    static final Duration HEARTBEAT = Duration.ofMillis(500);

    /** The broker counts as silent after this: two heartbeats may be late. Reading goes on within 2 seconds. */
    static final Duration LONGEST_SILENCE = Duration.ofMillis(1_250);

    private static final Duration PULL_EXPIRY = Duration.ofSeconds(30);

    /**
     * The maximum of bytes of one pull, unless a single message may have more: bounds the memory for large messages. A pull that
     * reaches it exactly ends without a status; if that leaves no pull open, heartbeats are missing and the consumer is replaced.
     */
    private static final long MAX_BYTES = 8 << 20;

    private static final String PENDING_HEADER = "Nats-Pending-Messages";
    private static final String LAST_CONSUMER_HEADER = "Nats-Last-Consumer";

    private final NatsConnection connection;
    private final Opened opened;
    private final String pullSubject;
    private final String replySubject;
    private final long maxBytes;
    private final Inbox inbox;
    private final PullWindow window = new PullWindow();
    private long lastConsumerSequence;
    private long lastReceived;
    private boolean caughtUp;

    PullConsumer(NatsConnection connection, Opened opened, Consumer<Message> handler) {
        this.connection = connection;
        this.opened = opened;
        this.pullSubject =
                JetStreamApi.PREFIX + "CONSUMER.MSG.NEXT." + opened.stream().name() + "." + opened.consumer();
        Connection broker = connection.require();
        this.replySubject = broker.createInbox();
        // A message counts with its subjects and headers.
        this.maxBytes = Math.max(MAX_BYTES, 2 * broker.getMaxPayload());
        this.inbox = new Inbox(broker, List.of(replySubject), 0, handler);
    }

    Opened opened() {
        return opened;
    }

    /**
     * Requests more messages if the demand calls for it.
     *
     * @throws NatsUnavailableException when disconnected
     */
    void pull(long demand) {
        boolean idle = window.outstanding() == 0;
        int batch = window.refill(demand);
        if (batch == 0) {
            return;
        }
        if (idle) {
            lastReceived = System.nanoTime();
        }
        String request = "{\"batch\":" + batch + ",\"expires\":" + PULL_EXPIRY.toNanos() + ",\"idle_heartbeat\":"
                + HEARTBEAT.toNanos() + ",\"max_bytes\":" + maxBytes + "}";
        connection.publish(pullSubject, replySubject, null, request.getBytes(StandardCharsets.US_ASCII));
    }

    /** Counts a message. Returns why this consumer cannot be read any longer, or null when it can. */
    @Nullable
    String message(ConsumedMessage consumed) {
        lastReceived = System.nanoTime();
        window.received();
        if (consumed.consumerSequence() != lastConsumerSequence + 1) {
            return "messages were lost: " + consumed.consumerSequence() + " was received after " + lastConsumerSequence;
        }
        lastConsumerSequence = consumed.consumerSequence();
        return null;
    }

    /** Handles the status of a pull. Returns why this consumer cannot be read any longer, or null when it can. */
    @Nullable
    String status(Message message) {
        lastReceived = System.nanoTime();
        Status status = message.getStatus();
        return switch (status.getCode()) {
            case Status.FLOW_OR_HEARTBEAT_STATUS_CODE -> heartbeat(message.getHeaders());
            case Status.NOT_FOUND_CODE, Status.REQUEST_TIMEOUT_CODE -> pullEnded(message.getHeaders(), status);
            case Status.CONFLICT_CODE ->
                // Both only end a pull with max_bytes.
                status.getMessage().equals(Status.BATCH_COMPLETED)
                                || status.getMessage().equals(Status.MESSAGE_SIZE_EXCEEDS_MAX_BYTES)
                        ? pullEnded(message.getHeaders(), status)
                        : status.getMessageWithCode();
            default -> status.getMessageWithCode();
        };
    }

    /** Whether this message, or the absence of pending ones, is the first to complete the replay. */
    boolean nowCaughtUp(long sequence, long pending) {
        if (caughtUp || (pending > 0 && sequence < opened.lastSequence())) {
            return false;
        }
        caughtUp = true;
        return true;
    }

    boolean isCaughtUp() {
        return caughtUp;
    }

    /** The number of received messages. */
    long delivered() {
        return lastConsumerSequence;
    }

    /** Whether pulls are open and heartbeats are missing. */
    boolean isSilent() {
        return window.outstanding() > 0
                && System.nanoTime() - lastReceived > LONGEST_SILENCE.toNanos()
                // Not a silent broker, but a slow subscriber.
                && !inbox.hasPending();
    }

    void close() {
        inbox.close();
    }

    private @Nullable String heartbeat(@Nullable Headers headers) {
        long last = number(headers, LAST_CONSUMER_HEADER);
        return last > lastConsumerSequence
                ? "messages were lost: " + last + " were sent, " + lastConsumerSequence + " received"
                : null;
    }

    private @Nullable String pullEnded(@Nullable Headers headers, Status status) {
        long unfulfilled = number(headers, PENDING_HEADER);
        if (unfulfilled < 0) {
            return status.getMessageWithCode();
        }
        window.unfulfilled(unfulfilled);
        return null;
    }

    private static long number(@Nullable Headers headers, String name) {
        String text = headers == null ? null : headers.getFirst(name);
        try {
            return text == null ? -1 : Long.parseLong(text);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
