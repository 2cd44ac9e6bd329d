package io.heddle.stream;

import static io.heddle.stream.StreamLog.LOG;

import io.heddle.nats.NatsConnection;
import io.heddle.nats.NatsState;
import io.heddle.nats.NatsState.Phase;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.stream.StreamSignal.CaughtUp;
import io.heddle.stream.StreamSignal.Interrupted;
import io.heddle.stream.StreamSignal.Restarted;
import io.heddle.stream.request.JetStreamApi;
import io.nats.client.Message;
import io.nats.client.NUID;
import io.smallrye.mutiny.helpers.Subscriptions;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream for one subscriber. All events (messages, answers, timers, requests, changes of the connection) run in one loop.
 * Each change of the state begins a new period; a late answer, timer or message of an earlier period is ignored.
 *
 * <pre>
 *            connected             consumer created
 * WAITING ---------------> OPENING -----------------> READING
 *    ^                          |                          |
 *    | delay over               | failed                   | message lost, broker silent, consumer gone
 *    |                          v                          |
 *    +--------------------- BACKING_OFF &lt;------------------+
 *
 * disconnected: any state -> WAITING       reconnected: any state -> OPENING
 * cancelled, connection closed for good, no JetStream three times in a row, failing subscriber: any state -> ended
 * </pre>
 */
final class StreamSubscription implements Flow.Subscription {

    private static final Duration SILENCE_CHECK = Duration.ofMillis(250);

    private enum State {
        WAITING,
        OPENING,
        READING,
        BACKING_OFF
    }

    private final NatsConnection connection;
    private final StreamQuery query;
    private final Flow.Subscriber<? super StreamSignal> subscriber;
    private final JetStreamApi api;
    private final ConsumerOpening opening;
    private final OpeningAttempts attempts;
    private final RetiredConsumers retired;
    private final String namePrefix = "heddle-" + NUID.nextGlobal() + "-";
    private final SerialLoop loop = new SerialLoop(this::deliver, this::failed);
    private final AtomicLong demand = new AtomicLong();
    private volatile boolean ended;

    // In the loop only:
    private final SignalQueue signals = new SignalQueue();
    private Progress progress = Progress.NONE;
    private State state = State.WAITING;
    private @Nullable PullConsumer consumer; // while READING
    private @Nullable Runnable stopListening;
    private long period;
    private long connects;

    StreamSubscription(NatsConnection connection, StreamQuery query, Flow.Subscriber<? super StreamSignal> subscriber) {
        this.connection = connection;
        this.query = query;
        this.subscriber = subscriber;
        this.api = new JetStreamApi(connection);
        this.opening = new ConsumerOpening(api, query);
        this.attempts = new OpeningAttempts(query.stream());
        this.retired = new RetiredConsumers(api, query.stream());
    }

    void start() {
        subscriber.onSubscribe(this);
        // The listener is called under a lock of the connection: another thread checks the connection.
        loop.run(() -> {
            if (!ended) {
                stopListening = connection.listen(change -> Later.run(() -> inLoop(this::checkConnection)));
            }
        });
    }

    @Override
    public void request(long count) {
        if (count <= 0) {
            inLoop(() -> fail(Subscriptions.getInvalidRequestException()));
            return;
        }
        Subscriptions.add(demand, count);
        loop.wake();
    }

    @Override
    public void cancel() {
        ended = true;
        loop.run(this::cleanUp);
    }

    private void inLoop(Runnable step) {
        loop.run(() -> {
            if (!ended) {
                step.run();
            }
        });
    }

    private void inLoop(long ofPeriod, Runnable step) {
        inLoop(() -> {
            if (ofPeriod == period) {
                step.run();
            }
        });
    }

    /** Returns the number of the new period. */
    private long enter(State next) {
        state = next;
        return ++period;
    }

    private void checkConnection() {
        NatsState now = connection.state();
        if (now.phase() == Phase.CLOSED) {
            fail(new NatsUnavailableException("the connection was closed"));
        } else if (!now.isConnected()) {
            stopReading("disconnected");
            enter(State.WAITING);
        } else if (state == State.WAITING || now.connects() != connects) {
            stopReading("reconnected");
            if (now.connects() != connects) {
                connects = now.connects();
                attempts.reconnected();
            }
            open();
        }
    }

    private void open() {
        long thisPeriod = enter(State.OPENING);
        String name = namePrefix + thisPeriod;
        // Whoever deleted the stream may be about to create it again: leave them the time of two attempts.
        boolean mayCreateStream = progress.stream() == null || attempts.areFailing();
        Cancellable unused = opening.open(progress, name, mayCreateStream, attempts.timeout())
                .emitOn(Later::run)
                .subscribe()
                .with(
                        opened -> loop.run(() -> opened(thisPeriod, opened)),
                        failure -> loop.run(() -> notOpened(thisPeriod, name, failure)));
    }

    private void opened(long ofPeriod, Opened opened) {
        if (ended || ofPeriod != period) {
            retired.retire(opened.consumer());
            return;
        }
        if (opened.restarted()) {
            LOG.restarted(query.stream());
            signals.restarted(new Restarted(opened.stream()));
            progress = Progress.NONE;
        }
        progress = progress.opened(opened.stream(), opened.lastSequence());
        try {
            consumer = new PullConsumer(connection, opened, message -> received(ofPeriod, message));
        } catch (NatsUnavailableException | IllegalStateException e) {
            notOpened(ofPeriod, opened.consumer(), e);
            return;
        }
        LOG.reading(query.stream(), opened.consumer(), opened.pending());
        state = State.READING; // in the period of OPENING
        attempts.reading();
        retired.sweep();
        if (opened.pending() == 0) {
            checkCaughtUp(opened.lastSequence(), 0);
        }
        checkSilenceLater(ofPeriod);
    }

    private void notOpened(long ofPeriod, String name, Throwable failure) {
        // The consumer may exist although the call failed: the answer can be lost.
        retired.retire(name);
        if (ended || ofPeriod != period) {
            return;
        }
        Duration delay = attempts.failed(failure);
        if (delay == null) {
            fail(failure);
        } else {
            openLater(delay);
        }
    }

    private void openLater(Duration delay) {
        long thisPeriod = enter(State.BACKING_OFF);
        Later.run(
                delay,
                () -> inLoop(thisPeriod, () -> {
                    enter(State.WAITING);
                    checkConnection();
                }));
    }

    private void stopReading(String reason) {
        PullConsumer was = consumer;
        if (was != null) {
            LOG.interrupted(query.stream(), reason);
            signals.interrupted(new Interrupted(reason));
            retire(was);
        }
    }

    private void retire(PullConsumer was) {
        consumer = null;
        was.close();
        retired.retire(was.opened().consumer());
    }

    private void reopen(String reason) {
        stopReading(reason);
        openLater(attempts.interrupted());
    }

    /** Called by the client library's thread. */
    private void received(long ofPeriod, Message message) {
        if (message.isStatusMessage()) {
            inLoop(ofPeriod, () -> status(message));
        } else {
            ConsumedMessage consumed = ConsumedMessage.of(message);
            inLoop(ofPeriod, () -> message(consumed));
        }
    }

    private void message(ConsumedMessage consumed) {
        String reason = reading().message(consumed);
        if (reason != null) {
            reopen(reason);
            return;
        }
        long sequence = consumed.message().sequence();
        signals.message(consumed.message());
        progress = progress.receivedUpTo(sequence);
        checkCaughtUp(sequence, consumed.pending());
    }

    private void status(Message message) {
        PullConsumer current = reading();
        String reason = current.status(message);
        if (reason != null) {
            reopen(reason);
        } else if (message.getStatus().isHeartbeat() && !current.isCaughtUp()) {
            // Nothing arrives although messages were pending: they may have been deleted.
            askWhetherCaughtUp(current);
        }
    }

    private void askWhetherCaughtUp(PullConsumer current) {
        long thisPeriod = period;
        Cancellable unused = api.consumerInfo(query.stream(), current.opened().consumer())
                .emitOn(Later::run)
                .subscribe()
                .with(
                        info -> inLoop(thisPeriod, () -> {
                            if (info.getNumPending() == 0
                                    && info.getDelivered().getConsumerSequence() == current.delivered()) {
                                checkCaughtUp(current.opened().lastSequence(), 0);
                            }
                        }),
                        // The next heartbeat asks again; without one, the broker counts as silent.
                        failure -> LOG.inboxGone(String.valueOf(failure.getMessage())));
    }

    private void checkCaughtUp(long sequence, long pending) {
        PullConsumer current = reading();
        if (current.nowCaughtUp(sequence, pending)) {
            Opened opened = current.opened();
            progress = progress.receivedUpTo(opened.lastSequence());
            signals.caughtUp(new CaughtUp(opened.stream(), opened.lastSequence()));
        }
    }

    private void checkSilenceLater(long ofPeriod) {
        Later.run(
                SILENCE_CHECK,
                () -> inLoop(ofPeriod, () -> {
                    if (reading().isSilent()) {
                        reopen("the broker is silent");
                    } else {
                        checkSilenceLater(ofPeriod);
                    }
                }));
    }

    private PullConsumer reading() {
        return Objects.requireNonNull(consumer, "only called while READING");
    }

    /** Runs after the steps: delivers signals up to the demand, and pulls what is missing. */
    private void deliver() {
        while (!ended && demand.get() > 0) {
            StreamSignal signal = signals.poll();
            if (signal == null) {
                break;
            }
            Subscriptions.produced(demand, 1);
            subscriber.onNext(signal);
        }
        PullConsumer current = consumer;
        if (!ended && current != null) {
            try {
                current.pull(demand.get());
            } catch (NatsUnavailableException e) {
                reopen("disconnected");
                loop.wake();
            }
        }
    }

    private void failed(Throwable failure) {
        LOG.failed(query.stream(), failure);
        fail(failure);
    }

    private void fail(Throwable failure) {
        if (!ended) {
            ended = true;
            cleanUp();
            subscriber.onError(failure);
        }
    }

    private void cleanUp() {
        period++;
        if (consumer != null) {
            retire(consumer);
        }
        signals.clear();
        if (stopListening != null) {
            stopListening.run();
            stopListening = null;
        }
    }
}
