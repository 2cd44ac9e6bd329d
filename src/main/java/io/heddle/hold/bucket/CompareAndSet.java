package io.heddle.hold.bucket;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldContentionException;
import io.heddle.hold.HoldsListener;
import io.heddle.hold.OutcomeUnknownException;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.nats.NoAnswerException;
import io.heddle.nats.NoRespondersException;
import io.heddle.nats.Observation;
import io.heddle.nats.StreamNotFoundException;
import io.heddle.stream.kv.WrongRevisionException;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One call's way to an outcome: decide on the entry, write over exactly that entry, and when it was another one by then, read
 * and decide again.
 *
 * <p>A write that was not answered is made again, unchanged: both name the same revision, so at most one of them can ever take
 * place, and the nonce tells that it did. Only when the broker stays away is the outcome unknown.
 *
 * <p>The steps follow each other as callbacks, not as a chain of {@code Uni}s: in a Quarkus service each operator of such a chain
 * carries the request's contexts along, and an announce had twenty ({@code docs/adr/0021-callbacks-on-the-hot-path.md}).
 *
 * @param <R> the call's answer
 */
final class CompareAndSet<R> {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

    private final Context context;
    private final FilePath file;
    private final BiFunction<HoldEntry, Boolean, Decision<R>> rule;
    private final Observation<R> observation;
    private final long deadline;
    private @Nullable UniEmitter<? super R> caller;
    /** Answered, or nobody waits for it. */
    private volatile boolean over;

    private int conflicts;
    private int pauses;
    /** The write that was sent and may or may not have taken place; null when there is none. */
    private Decision.@Nullable Write<R> open;

    /** What every call needs. */
    record Context(
            HoldBucket bucket,
            ScheduledExecutorService scheduler,
            Duration callTimeout,
            HoldsListener listener,
            BiConsumer<FilePath, HoldBucket.Write> unknown,
            Written written) {}

    /** Told of every write that took place, before the call is answered. */
    interface Written {
        void wrote(FilePath file, HoldBucket.Write write, long revision);
    }

    /**
     * @param rule what to make of an entry; the flag says whether it came from the leader (then it must not be
     *     {@link Decision.AskLeader})
     * @param observation who looks at this call
     */
    CompareAndSet(
            Context context,
            FilePath file,
            BiFunction<HoldEntry, Boolean, Decision<R>> rule,
            Observation<R> observation) {
        this.context = context;
        this.file = file;
        this.rule = rule;
        this.observation = observation;
        this.deadline = System.nanoTime() + context.callTimeout().toNanos();
    }

    /**
     * To be subscribed to once. When nobody waits for it any more it takes no further step; what was sent stays sent.
     *
     * @param known the entry as the index has it; null when the index is not to be relied on
     */
    Uni<R> from(@Nullable HoldEntry known) {
        Uni<R> call = Uni.createFrom().emitter(emitter -> {
            caller = emitter;
            emitter.onTermination(() -> over = true);
            step(() -> {
                if (known == null) {
                    read();
                } else {
                    decide(known, false);
                }
            });
        });
        return observation.over(call);
    }

    /** Whatever goes wrong in a step is the call's failure. */
    private void step(Runnable step) {
        if (over) {
            return;
        }
        try {
            step.run();
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    private <T> void then(CompletableFuture<T> answer, Consumer<? super T> success, Consumer<Throwable> failure) {
        var unused = answer.whenComplete((item, trouble) -> step(() -> {
            if (trouble == null) {
                success.accept(item);
            } else {
                failure.accept(trouble instanceof CompletionException wrapped ? wrapped.getCause() : trouble);
            }
        }));
    }

    private void succeed(R result) {
        Objects.requireNonNull(caller).complete(result);
    }

    private void fail(Throwable failure) {
        Objects.requireNonNull(caller).fail(failure);
    }

    private void read() {
        then(context.bucket().read(file), this::seen, this::unread);
    }

    /** Settles a write that is still open, or else decides. */
    private void seen(HoldEntry entry) {
        Decision.Write<R> sent = open;
        if (sent == null) {
            decide(entry, true);
        } else if (sent.write().isAt(entry)) {
            written(sent, entry.revision());
        } else if (entry.revision() == sent.write().expected()) {
            write(sent);
        } else {
            // The entry has moved on, so what was sent can never take place any more.
            open = null;
            decide(entry, true);
        }
    }

    private void decide(HoldEntry entry, boolean fromLeader) {
        Decision<R> step = rule.apply(entry, fromLeader);
        if (step instanceof Decision.Write<R> write) {
            write(write);
        } else if (step instanceof Decision.Answer<R> answer) {
            succeed(answer.result());
        } else if (step instanceof Decision.Refuse<R> refusal) {
            fail(refusal.failure());
        } else {
            read();
        }
    }

    private void write(Decision.Write<R> step) {
        then(
                context.bucket().write(file, step.write(), observation),
                revision -> written(step, revision),
                failure -> unwritten(step, failure));
    }

    private void written(Decision.Write<R> step, long revision) {
        context.written().wrote(file, step.write(), revision);
        succeed(step.answered().apply(revision));
    }

    private void unwritten(Decision.Write<R> step, Throwable failure) {
        if (failure instanceof WrongRevisionException) {
            conflicts++;
            context.listener().retried(file, conflicts);
            if (open == null && System.nanoTime() - deadline >= 0) {
                fail(new HoldContentionException(file, conflicts));
            } else if (conflicts == 1 || open != null) {
                read();
            } else {
                readLater();
            }
            return;
        }
        if (failure instanceof NoAnswerException) {
            open = step;
        } else if (open == null && !(failure instanceof NoRespondersException)) {
            fail(failure);
            return;
        }
        orGiveUp(failure);
    }

    /** Nothing is lost when a read fails, unless a write is open: then it has to be found out. */
    private void unread(Throwable failure) {
        boolean passing = failure instanceof NoAnswerException
                || failure instanceof NoRespondersException
                || failure instanceof StreamNotFoundException
                || (failure instanceof NatsUnavailableException && open != null);
        if (passing) {
            orGiveUp(failure);
        } else {
            fail(outcome(failure));
        }
    }

    private void orGiveUp(Throwable failure) {
        if (System.nanoTime() - deadline >= 0) {
            fail(outcome(failure));
        } else {
            readLater();
        }
    }

    private Throwable outcome(Throwable failure) {
        Decision.Write<R> sent = open;
        if (sent == null) {
            return failure;
        }
        context.unknown().accept(file, sent.write());
        return new OutcomeUnknownException(file, failure);
    }

    private void readLater() {
        long ceiling = Math.min(LONGEST_PAUSE.toNanos(), FIRST_PAUSE.toNanos() << Math.min(pauses++, 10));
        long nanos = ThreadLocalRandom.current().nextLong(ceiling / 4, ceiling);
        var unused = context.scheduler().schedule(() -> step(this::read), nanos, TimeUnit.NANOSECONDS);
    }
}
