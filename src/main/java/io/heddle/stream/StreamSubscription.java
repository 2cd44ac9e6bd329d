package io.heddle.stream;

import static io.heddle.stream.StreamLog.LOG;

import io.heddle.nats.JetStreamUnavailableException;
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
 * One subscriber's reading of a stream. Everything that happens to it (messages, answers, timers, requests, changes of the
 * connection) is brought into one loop; there it is either waiting for a reason to try, opening a consumer, or reading one.
 *
 * <p>Each of these periods has a number, so that a late answer, timer or message of an earlier one is told apart.
 */
final class StreamSubscription implements Flow.Subscription {

    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1));
    private static final Duration SILENCE_CHECK = Duration.ofMillis(250);
    private static final Duration FIRST_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration LONGEST_TIMEOUT = Duration.ofSeconds(8);

    /** A reading that lasted this long was none of a series of failures. */
    private static final Duration SOUND = Duration.ofSeconds(2);

    /** One sighting may be a server that is just starting. */
    private static final int SIGHTINGS_WITHOUT_JETSTREAM = 3;

    private final NatsConnection connection;
    private final StreamQuery query;
    private final Flow.Subscriber<? super StreamSignal> subscriber;
    private final JetStreamApi api;
    private final ConsumerOpening opening;
    private final RetiredConsumers retired;
    private final String namePrefix = "heddle-" + NUID.nextGlobal() + "-";
    private final SerialLoop loop = new SerialLoop(this::deliver, this::broken);
    private final AtomicLong demand = new AtomicLong();
    private volatile boolean ended;

    // In the loop only:
    private final SignalQueue signals = new SignalQueue();
    private Progress progress = Progress.NONE;
    private @Nullable PullConsumer consumer;
    private @Nullable Runnable stopListening;
    private @Nullable String loggedTrouble;
    private boolean waiting = true;
    private long period;
    private long connects;
    private long readingSince;
    private int failures;
    private int sightingsWithoutJetStream;

    StreamSubscription(NatsConnection connection, StreamQuery query, Flow.Subscriber<? super StreamSignal> subscriber) {
        this.connection = connection;
        this.query = query;
        this.subscriber = subscriber;
        this.api = new JetStreamApi(connection);
        this.opening = new ConsumerOpening(api, query);
        this.retired = new RetiredConsumers(api, query.stream());
    }

    void start() {
        subscriber.onSubscribe(this);
        // The listener is called under the connection's lock, so it only has somebody else look.
        loop.run(() -> {
            if (!ended) {
                stopListening = connection.listen(state -> Later.run(() -> inLoop(this::lookAtConnection)));
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

    private void lookAtConnection() {
        NatsState state = connection.state();
        if (state.phase() == Phase.CLOSED) {
            fail(new NatsUnavailableException("the connection was closed"));
        } else if (!state.isConnected()) {
            interrupt("disconnected");
        } else if (waiting || state.connects() != connects) {
            interrupt("reconnected");
            connects = state.connects();
            failures = 0;
            open();
        }
    }

    private void open() {
        waiting = false;
        long thisPeriod = ++period;
        String name = namePrefix + thisPeriod;
        // Whoever deleted a stream may be about to make it again: give them the time of two attempts.
        boolean mayMakeStream = progress.stream() == null || failures > 1;
        Cancellable unused = opening.open(progress, name, mayMakeStream, timeout())
                .emitOn(Later::run)
                .subscribe()
                .with(
                        opened -> loop.run(() -> opened(thisPeriod, opened)),
                        failure -> loop.run(() -> notOpened(thisPeriod, name, failure)));
    }

    private Duration timeout() {
        Duration longer = FIRST_TIMEOUT.multipliedBy(1L << Math.min(failures, 3));
        return longer.compareTo(LONGEST_TIMEOUT) < 0 ? longer : LONGEST_TIMEOUT;
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
        if (loggedTrouble != null) {
            LOG.readable(query.stream());
            loggedTrouble = null;
        }
        readingSince = System.nanoTime();
        sightingsWithoutJetStream = 0;
        retired.sweep();
        if (opened.pending() == 0) {
            checkCaughtUp(opened.lastSequence(), 0);
        }
        checkSilenceLater(ofPeriod);
    }

    private void notOpened(long ofPeriod, String name, Throwable failure) {
        // Also when it looks as if none had been made: an answer can be lost.
        retired.retire(name);
        if (ended || ofPeriod != period) {
            return;
        }
        boolean withoutJetStream = failure instanceof JetStreamUnavailableException;
        sightingsWithoutJetStream = withoutJetStream ? sightingsWithoutJetStream + 1 : 0;
        if (sightingsWithoutJetStream >= SIGHTINGS_WITHOUT_JETSTREAM) {
            fail(failure);
            return;
        }
        String trouble = String.valueOf(failure.getMessage());
        if (!withoutJetStream && failures > 1 && !trouble.equals(loggedTrouble)) {
            LOG.notReadable(query.stream(), trouble);
            loggedTrouble = trouble;
        }
        failures++;
        openLater();
    }

    private void openLater() {
        waiting = false;
        long thisPeriod = ++period;
        Later.run(
                BACKOFF.delay(failures),
                () -> inLoop(thisPeriod, () -> {
                    if (connection.state().isConnected()) {
                        open();
                    } else {
                        waiting = true;
                        // It may have come back between the question and the answer.
                        lookAtConnection();
                    }
                }));
    }

    /** Ends the reading of the current consumer, if there is one; nothing is tried again until somebody says so. */
    private void interrupt(String reason) {
        if (stopReading()) {
            LOG.interrupted(query.stream(), reason);
            signals.interrupted(new Interrupted(reason));
        }
    }

    private boolean stopReading() {
        period++;
        waiting = true;
        PullConsumer was = consumer;
        if (was == null) {
            return false;
        }
        consumer = null;
        was.close();
        retired.retire(was.opened().consumer());
        return true;
    }

    private void interruptAndOpen(String reason) {
        if (System.nanoTime() - readingSince > SOUND.toNanos()) {
            failures = 0;
        }
        interrupt(reason);
        openLater();
        failures++;
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
            interruptAndOpen(reason);
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
            interruptAndOpen(reason);
        } else if (!current.isCaughtUp()) {
            // Nothing comes although something was pending: it may have been deleted before it could come.
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
                        // The next heartbeat asks again, or its absence is noticed.
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
                        interruptAndOpen("the broker is silent");
                    } else {
                        checkSilenceLater(ofPeriod);
                    }
                }));
    }

    private PullConsumer reading() {
        return Objects.requireNonNull(consumer, "only called while there is a consumer");
    }

    /** Runs after the steps: gives the subscriber what it wants and asks for what is missing. */
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
                interruptAndOpen("disconnected");
                loop.wake();
            }
        }
    }

    private void broken(Throwable failure) {
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
        stopReading();
        signals.clear();
        if (stopListening != null) {
            stopListening.run();
            stopListening = null;
        }
    }
}
