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
 * One consumer at the broker while it is read: its pulls, and the checks that nothing got lost. When a check fails, the
 * subscription makes another consumer, as the client library's ordered consumers do.
 *
 * <p>Not thread-safe: used in the subscription's loop only. Only the handler given at the start is called by the client
 * library's thread.
 *
 * @see <a href="https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-37.md">ADR-37, pull consumers</a>
 */
final class PullConsumer {

    /** How often the broker shows that it is alive while a pull is open. */
    static final Duration HEARTBEAT = Duration.ofMillis(500);

    /** How long it may be silent: two heartbeats may be late. Short enough to be reading again within 2 seconds. */
    static final Duration LONGEST_SILENCE = Duration.ofMillis(1_250);

    private static final Duration PULL_EXPIRY = Duration.ofSeconds(30);
    private static final String PENDING_HEADER = "Nats-Pending-Messages";
    private static final String LAST_CONSUMER_HEADER = "Nats-Last-Consumer";

    private final NatsConnection connection;
    private final Opened opened;
    private final String pullSubject;
    private final String replySubject;
    private final Inbox inbox;
    private final PullWindow window = new PullWindow();
    private long lastConsumerSequence;
    private long lastHeard;
    private boolean caughtUp;

    PullConsumer(NatsConnection connection, Opened opened, Consumer<Message> handler) {
        this.connection = connection;
        this.opened = opened;
        this.pullSubject =
                JetStreamApi.PREFIX + "CONSUMER.MSG.NEXT." + opened.stream().name() + "." + opened.consumer();
        Connection broker = connection.require();
        this.replySubject = broker.createInbox();
        this.inbox = new Inbox(broker, List.of(replySubject), 0, handler);
    }

    Opened opened() {
        return opened;
    }

    /**
     * Asks for more messages if the demand calls for it.
     *
     * @throws NatsUnavailableException when the connection is cut off
     */
    void pull(long demand) {
        boolean idle = window.outstanding() == 0;
        int batch = window.refill(demand);
        if (batch == 0) {
            return;
        }
        if (idle) {
            lastHeard = System.nanoTime();
        }
        String request = "{\"batch\":" + batch + ",\"expires\":" + PULL_EXPIRY.toNanos() + ",\"idle_heartbeat\":"
                + HEARTBEAT.toNanos() + "}";
        connection.publish(pullSubject, replySubject, null, request.getBytes(StandardCharsets.US_ASCII));
    }

    /** Notes a message. Returns why reading can't go on with this consumer, or null when it can. */
    @Nullable
    String message(ConsumedMessage consumed) {
        lastHeard = System.nanoTime();
        window.received();
        if (consumed.consumerSequence() != lastConsumerSequence + 1) {
            return "messages were lost on the way: " + consumed.consumerSequence() + " came after "
                    + lastConsumerSequence;
        }
        lastConsumerSequence = consumed.consumerSequence();
        return null;
    }

    /** Notes what the broker says about a pull. Returns why reading can't go on with this consumer, or null when it can. */
    @Nullable
    String status(Message message) {
        lastHeard = System.nanoTime();
        Status status = message.getStatus();
        return switch (status.getCode()) {
            case Status.FLOW_OR_HEARTBEAT_STATUS_CODE -> heartbeat(message.getHeaders());
            case Status.NOT_FOUND_CODE, Status.REQUEST_TIMEOUT_CODE -> pullEnded(message.getHeaders(), status);
            default -> status.getMessageWithCode();
        };
    }

    /** Whether this message, or having heard that none is left, is the first to complete the replay. */
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

    /** How many messages came. */
    long delivered() {
        return lastConsumerSequence;
    }

    /** Whether pulls are open and the broker is silent although it promised heartbeats. */
    boolean isSilent() {
        return window.outstanding() > 0
                && System.nanoTime() - lastHeard > LONGEST_SILENCE.toNanos()
                // Not silence, but a subscriber that takes its time.
                && !inbox.hasPending();
    }

    void close() {
        inbox.close();
    }

    private @Nullable String heartbeat(@Nullable Headers headers) {
        long last = number(headers, LAST_CONSUMER_HEADER);
        return last > lastConsumerSequence
                ? "messages were lost on the way: " + last + " sent, " + lastConsumerSequence + " came"
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
