package io.heddle.fleet.publish;

import io.heddle.fleet.PublishListener;
import io.heddle.fleet.SharePublisher.Published;
import io.heddle.mount.DeliveryMode;
import io.heddle.mount.ShareStream;
import io.heddle.mount.ShareSubjects;
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
 * Publishes to the stream with many messages on their way at once, and not more than so many: beyond its own queue the client
 * library would block. Transient failures, such as an election, are tried again until the message is too old. Thread-safe; publishing happens on worker threads.
 */
public final class PublishPipeline {

    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final int DOUBLINGS = 4; // 800 ms: a new leader of the stream is found within that

    private final JetStreamApi api;
    private final ShareStream stream;
    private final int limit;
    private final PublishListener listener;
    private final Queue<Task> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicBoolean pumping = new AtomicBoolean();

    /** Told of the outcome, on a thread of the client library or a worker: it must not block. */
    public interface Outcome {

        /**
         * It is acknowledged, or given up.
         *
         * @param failure null when the stream has acknowledged the message
         */
        void told(@Nullable Throwable failure);
    }

    /** The message was not sent, because it had waited for too long. */
    public static final class TooOldException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        public TooOldException() {
            super("waited too long to be published", null, false, false);
        }
    }

    /** @param listener sees each message from the first time that it is sent until it is acknowledged or given up */
    public PublishPipeline(
            JetStreamApi api, ShareStream stream, int limit, Duration timeout, PublishListener listener) {
        this.api = api.withTimeout(timeout);
        this.stream = stream;
        this.limit = limit;
        this.listener = listener;
    }

    /**
     * Queues a message for a VM. Call {@link #flush()} after the last one.
     *
     * @param until the {@link System#nanoTime()} after which it is too old to be sent
     */
    public void add(String vm, PendingMessage message, long until, Outcome outcome) {
        tasks.add(new Task(vm, message, until, outcome));
    }

    /** Begins to publish what was added, unless that is under way. */
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
            // Whoever added or answered while we were at it may have relied on us.
            more = !tasks.isEmpty() && inFlight.get() <= limit / 2 && pumping.compareAndSet(false, true);
        } while (more);
    }

    /** A refill for half of the room: handing over to a worker for each answer would cost more than the publish. */
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
            Observation<Published> looking = observation();
            var unused = api.publishNow(ShareSubjects.subject(vm), looking.on(null), message.bytes())
                    .whenComplete((acknowledged, trouble) -> heard(looking, acknowledged, trouble));
        }

        /** Whatever goes wrong here is a fault of ours, and nobody looks at what a future's callbacks throw. */
        private void heard(Observation<Published> looking, PublishAck acknowledged, @Nullable Throwable trouble) {
            try {
                if (trouble != null) {
                    Throwable cause = trouble.getCause();
                    failed(trouble instanceof CompletionException && cause != null ? cause : trouble);
                } else {
                    looking.succeeded(new Published(acknowledged.getSeqno(), DeliveryMode.JETSTREAM));
                    ended(null);
                }
            } catch (RuntimeException e) {
                Infrastructure.handleDroppedException(e);
            }
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
            long pause = FIRST_PAUSE_MILLIS << Math.min(attempts++, DOUBLINGS);
            answered(); // its room is free meanwhile
            Runnable again = () -> {
                tasks.add(this);
                flush();
            };
            if (failure instanceof NoRespondersException) {
                Cancellable unused = stream.ensure(api)
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

        /** One for all attempts: they follow each other. */
        private Observation<Published> observation() {
            Observation<Published> looking = observation;
            if (looking == null) {
                looking = listener.publishing(vm, message.shareId(), message.action());
                observation = looking;
            }
            return looking;
        }

        private void givenUp(Throwable failure) {
            observation().failed(failure);
            ended(failure);
        }

        private void ended(@Nullable Throwable failure) {
            answered();
            outcome.told(failure);
        }
    }
}
