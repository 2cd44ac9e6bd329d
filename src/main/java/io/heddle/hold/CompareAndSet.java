package io.heddle.hold;

import io.heddle.nats.NatsUnavailableException;
import io.heddle.stream.NoAnswerException;
import io.heddle.stream.NoRespondersException;
import io.heddle.stream.Observation;
import io.heddle.stream.StreamNotFoundException;
import io.heddle.stream.WrongRevisionException;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * One call's way to an outcome: decide on the entry, write over exactly that entry, and when it was another one by then, read
 * and decide again.
 *
 * <p>A write that was not answered is made again, unchanged: both name the same revision, so at most one of them can ever take
 * place, and the nonce tells that it did. Only when the broker stays away is the outcome unknown.
 *
 * @param <R> the call's answer
 */
final class CompareAndSet<R> {

    private static final int MAX_CONFLICTS = 8;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

    private final Context context;
    private final FilePath file;
    private final BiFunction<HoldEntry, Boolean, Step<R>> rule;
    private final Observation<R> observation;
    private final long deadline;
    private int conflicts;
    private int pauses;
    /** The write that was sent and may or may not have taken place; null when there is none. */
    private Step.@Nullable Write<R> open;

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
     *     {@link Step.AskLeader})
     * @param observation who looks at this call
     */
    CompareAndSet(
            Context context, FilePath file, BiFunction<HoldEntry, Boolean, Step<R>> rule, Observation<R> observation) {
        this.context = context;
        this.file = file;
        this.rule = rule;
        this.observation = observation;
        this.deadline = System.nanoTime() + context.callTimeout().toNanos();
    }

    /** @param known the entry as the index has it; null when the index is not to be relied on */
    Uni<R> from(@Nullable HoldEntry known) {
        return observation.over(known == null ? read() : decide(known, false));
    }

    private Uni<R> read() {
        return context.bucket()
                .read(file)
                .onItemOrFailure()
                .transformToUni((entry, failure) -> failure == null ? seen(entry) : unread(failure));
    }

    /** Settles a write that is still open, or else decides. */
    private Uni<R> seen(HoldEntry entry) {
        Step.Write<R> sent = open;
        if (sent == null) {
            return decide(entry, true);
        }
        if (sent.write().isAt(entry)) {
            return written(sent, entry.revision());
        }
        if (entry.revision() == sent.write().expected()) {
            return write(sent);
        }
        // The entry has moved on, so what was sent can never take place any more.
        open = null;
        return decide(entry, true);
    }

    private Uni<R> decide(HoldEntry entry, boolean fromLeader) {
        Step<R> step = rule.apply(entry, fromLeader);
        if (step instanceof Step.Write<R> write) {
            return write(write);
        }
        if (step instanceof Step.Answer<R> answer) {
            return Uni.createFrom().item(answer.result());
        }
        return step instanceof Step.Refuse<R> refusal ? Uni.createFrom().failure(refusal.failure()) : read();
    }

    private Uni<R> write(Step.Write<R> step) {
        return context.bucket()
                .write(file, step.write(), observation)
                .onItemOrFailure()
                .transformToUni(
                        (revision, failure) -> failure == null ? written(step, revision) : unwritten(step, failure));
    }

    private Uni<R> written(Step.Write<R> step, long revision) {
        context.written().wrote(file, step.write(), revision);
        return Uni.createFrom().item(step.answered().apply(revision));
    }

    private Uni<R> unwritten(Step.Write<R> step, Throwable failure) {
        if (failure instanceof WrongRevisionException) {
            conflicts++;
            context.listener().retried(file, conflicts);
            if (conflicts > MAX_CONFLICTS && open == null) {
                return Uni.createFrom().failure(new HoldContentionException(file, conflicts));
            }
            return conflicts == 1 || open != null ? read() : pause().flatMap(done -> read());
        }
        if (failure instanceof NoAnswerException) {
            open = step;
        } else if (open == null && !(failure instanceof NoRespondersException)) {
            return Uni.createFrom().failure(failure);
        }
        return orGiveUp(failure);
    }

    /** Nothing is lost when a read fails, unless a write is open: then it has to be found out. */
    private Uni<R> unread(Throwable failure) {
        boolean passing = failure instanceof NoAnswerException
                || failure instanceof NoRespondersException
                || failure instanceof StreamNotFoundException
                || (failure instanceof NatsUnavailableException && open != null);
        return passing ? orGiveUp(failure) : Uni.createFrom().failure(outcome(failure));
    }

    private Uni<R> orGiveUp(Throwable failure) {
        if (System.nanoTime() - deadline >= 0) {
            return Uni.createFrom().failure(outcome(failure));
        }
        return pause().flatMap(done -> read());
    }

    private Throwable outcome(Throwable failure) {
        Step.Write<R> sent = open;
        if (sent == null) {
            return failure;
        }
        context.unknown().accept(file, sent.write());
        return new OutcomeUnknownException(file, failure);
    }

    private Uni<Void> pause() {
        long ceiling = Math.min(LONGEST_PAUSE.toNanos(), FIRST_PAUSE.toNanos() << Math.min(pauses++, 10));
        long nanos = ThreadLocalRandom.current().nextLong(ceiling / 4, ceiling);
        return Uni.createFrom().emitter(emitter -> {
            var unused = context.scheduler().schedule(() -> emitter.complete(null), nanos, TimeUnit.NANOSECONDS);
        });
    }
}
