package io.heddle.hold.bucket;

import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldContentionException;
import io.heddle.hold.HoldName;
import io.heddle.hold.OutcomeUnknownException;
import io.heddle.nats.Backoff;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.nats.NoAnswerException;
import io.heddle.nats.NoRespondersException;
import io.heddle.nats.Observation;
import io.heddle.nats.StreamNotFoundException;
import io.heddle.stream.kv.WrongRevisionException;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One call that changes a hold. It decides on the hold's entry, writes over exactly that entry, and reads and decides again when
 * another write came first. A grant is complete only when no earlier hold conflicts with it: see {@link Overlaps}.
 *
 * <pre>
 * known entry ──▶ decide ──▶ write ──▶ acknowledged ──▶ settle ──▶ answer, or roll back and refuse
 *                   ▲          ├─ wrong revision ─▶ read (paused after the first)
 *                   │          ├─ stored too late ─▶ read after a pause
 *                   │          └─ no answer ─▶ open ─▶ read: stored? answer : unchanged? write again
 *                   └────────────── read ◀─────────────────────┘        (until the call's deadline)
 * </pre>
 *
 * <p>A write without an answer is repeated unchanged: both name the same revision, so at most one of them can take place, and the
 * nonce shows that it did. The outcome is unknown only when the broker stays away.
 *
 * <p>The steps are callbacks, not a chain of {@code Uni}s: {@code docs/adr/0021-callbacks-on-the-hot-path.md}.
 *
 * @param <R> the call's answer
 */
final class CompareAndSet<R> {

    private static final Backoff PAUSES = new Backoff(Duration.ofMillis(20), Duration.ofMillis(500), 0.75);

    private final HoldEngine engine;
    private final HoldName name;
    private final Function<HoldEntry, Decision<R>> rule;
    private final Observation<R> observation;
    private final long deadline;
    private @Nullable UniEmitter<? super R> caller;
    /** Answered or cancelled. */
    private volatile boolean over;

    private int conflicts;
    private int pauses;
    /** Whether it has waited for the index. */
    private boolean prepared;
    /** The write that was sent and may or may not have taken place; null when there is none. */
    private Decision.@Nullable Write<R> open;

    /** The last write that was stored too late; null when there is none. */
    private HoldBucket.@Nullable Write late;

    CompareAndSet(HoldEngine engine, HoldName name, Function<HoldEntry, Decision<R>> rule, Observation<R> observation) {
        this.engine = engine;
        this.name = name;
        this.rule = rule;
        this.observation = observation;
        this.deadline = System.nanoTime() + engine.config.callTimeout().toNanos();
    }

    /**
     * Makes the call; to be subscribed to once. A cancelled call takes no further step; what was sent stays sent.
     *
     * @param known the entry as the index has it; null when the index or the clock is not reliable
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

    /** An exception in a step is the call's failure. */
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
        HoldBucket.Write stored = late;
        if (stored != null) {
            engine.rollBackUnused(name, stored);
        }
        Objects.requireNonNull(caller).fail(failure);
    }

    private void read() {
        then(engine.read(name), this::seen, this::unread);
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
        Decision<R> decision = rule.apply(entry);
        if (fromLeader || decision instanceof Decision.Write || decision instanceof Decision.Ask) {
            follow(decision);
        } else {
            read(); // nothing is answered or refused on an entry of the index
        }
    }

    private void follow(Decision<R> step) {
        if (step instanceof Decision.Write<R> write) {
            begin(write);
        } else if (step instanceof Decision.Ask<R> question) {
            then(engine.read(question.other()), entry -> follow(question.then().apply(entry)), this::unread);
        } else if (step instanceof Decision.Settle<R> settle) {
            then(settle.earlier(), earlier -> settled(settle, earlier), failure -> unsettled(settle, failure));
        } else if (step instanceof Decision.Answer<R> answer) {
            succeed(answer.result());
        } else if (step instanceof Decision.Refuse<R> refusal) {
            fail(refusal.failure());
        } else if (step instanceof Decision.StoredTooLate<R> stored) {
            late = stored.write();
            retryOrFail(new OutcomeUnknownException(name.file(), stored.failure()));
        }
    }

    /** A grant begins only with a complete index, so that what it must yield to is found soon. */
    private void begin(Decision.Write<R> step) {
        if (prepared || !step.write().isGrant() || engine.index.isCurrent()) {
            write(step);
        } else {
            prepared = true;
            then(
                    engine.overlaps.upToDate(),
                    complete -> read(),
                    failure -> fail(new NatsUnavailableException("the index of holds is not complete", failure)));
        }
    }

    private void settled(Decision.Settle<R> settle, List<Hold> earlier) {
        if (earlier.isEmpty()) {
            follow(settle.granted().get());
            return;
        }
        RuntimeException refusal = new HeldByAnotherException(name.file(), earlier);
        engine.rollBackNow(settle.hold())
                .subscribe()
                .with(
                        outcome -> step(() -> fail(refusal)),
                        failure -> step(() -> {
                            engine.rollBackUnused(name, settle.write());
                            fail(refusal);
                        }));
    }

    private void unsettled(Decision.Settle<R> settle, Throwable failure) {
        engine.gaveUp(name, settle.write());
        fail(new OutcomeUnknownException(name.file(), failure));
    }

    private void write(Decision.Write<R> step) {
        then(
                engine.bucket.write(name, step.write(), observation),
                revision -> written(step, revision),
                failure -> unwritten(step, failure));
    }

    private void written(Decision.Write<R> step, long revision) {
        engine.wrote(name, step.write(), revision);
        open = null;
        follow(step.stored().apply(revision));
    }

    private void unwritten(Decision.Write<R> step, Throwable failure) {
        if (failure instanceof WrongRevisionException) {
            conflicts++;
            engine.listener.retried(name.file(), conflicts);
            if (conflicts == 1 && open == null) {
                read();
            } else {
                retryOrFail(new HoldContentionException(name.file(), conflicts));
            }
        } else if (failure instanceof NoAnswerException) {
            open = step;
            retryOrFail(failure);
        } else if (open != null || failure instanceof NoRespondersException) {
            retryOrFail(failure);
        } else {
            fail(failure);
        }
    }

    /** A failed read loses nothing, unless a write is open: then its outcome has to be found out. */
    private void unread(Throwable failure) {
        boolean passing = failure instanceof NoAnswerException
                || failure instanceof NoRespondersException
                || failure instanceof StreamNotFoundException
                || (failure instanceof NatsUnavailableException && open != null);
        if (passing) {
            retryOrFail(failure);
        } else {
            fail(outcome(failure));
        }
    }

    /** Reads again after a pause, or fails when the call's deadline has passed. */
    private void retryOrFail(Throwable failure) {
        if (System.nanoTime() - deadline >= 0) {
            fail(outcome(failure));
            return;
        }
        long nanos = PAUSES.delay(++pauses).toNanos();
        var unused = engine.scheduler.schedule(() -> step(this::read), nanos, TimeUnit.NANOSECONDS);
    }

    private Throwable outcome(Throwable failure) {
        Decision.Write<R> sent = open;
        if (sent != null) {
            engine.gaveUp(name, sent.write());
            return new OutcomeUnknownException(name.file(), failure);
        }
        HoldBucket.Write stored = late;
        if (stored != null && failure instanceof OutcomeUnknownException) {
            engine.gaveUp(name, stored);
            late = null;
        }
        return failure;
    }
}
