package io.heddle.fleet.publish;

import io.heddle.fleet.PublishListener;
import io.heddle.fleet.SharePublisher.Published;
import io.heddle.mount.DeliveryMode;
import io.heddle.mount.ShareMount.Action;
import io.heddle.mount.ShareStream;
import io.heddle.mount.ShareSubjects;
import io.heddle.mount.feed.ShareMessage;
import io.heddle.mount.feed.ShareRecords;
import io.heddle.nats.Backoff;
import io.heddle.nats.JetStreamRefusedException;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.nats.NoAnswerException;
import io.heddle.nats.NoRespondersException;
import io.heddle.nats.Observation;
import io.heddle.stream.request.JetStreamApi;
import io.nats.client.api.PublishAck;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Publishes to the stream with a bounded number of messages in flight: beyond its own queue the client library would block.
 * Transient failures, such as a leader election, are retried until the message's deadline. Thread-safe; publishes on worker threads.
 */
public final class PublishPipeline {

    /** A new leader of the stream is elected within the longest pause. */
    private static final Backoff PAUSES = new Backoff(Duration.ofMillis(50), Duration.ofMillis(800), 0);

    private static final int MOST_STORED_AT_ONCE = 1_024;

    private final JetStreamApi api;
    private final ShareStream stream;
    private final ShareRecords records;
    private final int limit;
    private final PublishListener listener;
    private final Queue<Task> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger storing = new AtomicInteger();
    private final AtomicBoolean pumping = new AtomicBoolean();

    /** Receives the outcome, on a thread of the client library or a worker: must not block. */
    public interface Outcome {

        /**
         * The message was acknowledged and stored in the bucket of latest messages, or given up.
         *
         * @param failure null when the stream acknowledged the message
         */
        void completed(@Nullable Throwable failure);
    }

    /** The message was not sent before its deadline. */
    public static final class TooOldException extends RuntimeException {

        public TooOldException() {
            super("not published before its deadline", null, false, false);
        }
    }

    /**
     * Creates an empty pipeline.
     *
     * @param listener observes each message from its first publish until it is acknowledged or given up
     */
    public PublishPipeline(
            JetStreamApi api,
            ShareStream stream,
            ShareRecords records,
            int limit,
            Duration timeout,
            PublishListener listener) {
        this.api = api.withTimeout(timeout);
        this.stream = stream;
        this.records = records;
        this.limit = limit;
        this.listener = listener;
    }

    /**
     * Queues a message for a VM. Call {@link #flush()} after the last one.
     *
     * @param until the {@link System#nanoTime()} of its deadline
     */
    public void add(String vm, PendingMessage message, long until, Outcome outcome) {
        tasks.add(new Task(vm, message, until, outcome));
    }

    /** Starts publishing the queued messages, unless that is running. */
    public void flush() {
        if (pumping.compareAndSet(false, true)) {
            Infrastructure.getDefaultExecutor().execute(this::pump);
        }
    }

    private void pump() {
        boolean more;
        do {
            try {
                while (inFlight.get() < limit) {
                    Task task = tasks.poll();
                    if (task == null) {
                        break;
                    }
                    inFlight.incrementAndGet();
                    task.send();
                }
            } finally {
                pumping.set(false);
            }
            // A message that was added meanwhile may have relied on this loop.
            more = !tasks.isEmpty() && inFlight.get() <= limit / 2 && pumping.compareAndSet(false, true);
        } while (more);
    }

    /** Refills when half of the limit is free: a hand-over to a worker for each answer would cost more than the publish. */
    private void answered() {
        int now = inFlight.decrementAndGet();
        if (now <= limit / 2 && !tasks.isEmpty()) {
            flush();
        }
    }

    private final class Task {

        private final String vm;
        private final PendingMessage message;
        private final long until;
        private final Outcome outcome;
        private int attempts;
        private @Nullable Observation<Published> observation;
        private volatile @Nullable Throwable lastFailure;

        Task(String vm, PendingMessage message, long until, Outcome outcome) {
            this.vm = vm;
            this.message = message;
            this.until = until;
            this.outcome = outcome;
        }

        void send() {
            if (System.nanoTime() - until > 0) {
                Throwable before = lastFailure;
                givenUp(before == null ? new TooOldException() : before);
                return;
            }
            Observation<Published> observed = observation();
            var unused = api.publishNow(ShareSubjects.subject(vm), observed.on(null), message.bytes())
                    .whenComplete((acknowledged, failure) -> answered(observed, acknowledged, failure));
        }

        /** Reports failures of the callback itself, which a future would swallow. */
        private void answered(Observation<Published> observed, PublishAck acknowledged, @Nullable Throwable failure) {
            try {
                if (failure != null) {
                    Throwable cause = failure.getCause();
                    failed(failure instanceof CompletionException && cause != null ? cause : failure);
                } else {
                    observed.succeeded(new Published(acknowledged.getSeqno(), DeliveryMode.JETSTREAM));
                    store(acknowledged.getSeqno());
                }
            } catch (RuntimeException e) {
                Infrastructure.handleDroppedException(e);
            }
        }

        /** The next message is published meanwhile, unless too many are being stored. */
        private void store(long sequence) {
            boolean continues = storing.incrementAndGet() <= MOST_STORED_AT_ONCE;
            if (continues) {
                PublishPipeline.this.answered();
            }
            var unused = records.store(
                            new ShareMessage(vm, message.bytes(), null),
                            message.shareId(),
                            message.action() == Action.UNMOUNT,
                            sequence)
                    .whenComplete((done, never) -> {
                        storing.decrementAndGet();
                        if (!continues) {
                            PublishPipeline.this.answered();
                        }
                        outcome.completed(null);
                    })
                    .exceptionally(failure -> {
                        Infrastructure.handleDroppedException(failure);
                        return null;
                    });
        }

        private void failed(Throwable failure) {
            boolean transientFailure = failure instanceof NoAnswerException
                    || failure instanceof NatsUnavailableException
                    || failure instanceof NoRespondersException
                    || (failure instanceof JetStreamRefusedException refused && refused.code() >= 500);
            if (!transientFailure) {
                givenUp(failure);
                return;
            }
            lastFailure = failure;
            long pause = PAUSES.delay(++attempts).toMillis();
            PublishPipeline.this.answered(); // others may use its place during the pause
            Runnable again = () -> {
                tasks.add(this);
                flush();
            };
            if (failure instanceof NoRespondersException) {
                Cancellable unused = api.ensureStream(stream.configuration())
                        .onItemOrFailure()
                        .transform((info, trouble) -> pause)
                        .onItem()
                        .delayIt()
                        .by(Duration.ofMillis(pause))
                        .subscribe()
                        .with(done -> again.run());
            } else {
                var unused = Infrastructure.getDefaultWorkerPool().schedule(again, pause, TimeUnit.MILLISECONDS);
            }
        }

        /** One observation for all attempts. */
        private Observation<Published> observation() {
            Observation<Published> observed = observation;
            if (observed == null) {
                observed = listener.publishing(vm, message.shareId(), message.action());
                observation = observed;
            }
            return observed;
        }

        private void givenUp(Throwable failure) {
            observation().failed(failure);
            PublishPipeline.this.answered();
            outcome.completed(failure);
        }
    }
}
