package io.heddle.hold.bucket;

import io.heddle.hold.HoldName;
import io.heddle.hold.HoldsClosedException;
import io.heddle.stream.Later;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.operators.AbstractUni;
import io.smallrye.mutiny.subscription.UniSubscriber;
import io.smallrye.mutiny.subscription.UniSubscription;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls in progress; {@link #close} fails them all at once. A call that was cancelled or closed still runs to its end, because
 * its write may be on the wire; its answer is then handed back to be rolled back.
 *
 * <p>Calls that change the same hold run one after another, because at the same time each write would only make those of the
 * others fail. A call waits for its turn no longer than {@link #LONGEST_TURN}: one request without an answer must not delay it.
 */
public final class Calls {

    private static final Duration LONGEST_TURN = Duration.ofMillis(500);

    private final Set<Call<?>> inProgress = ConcurrentHashMap.newKeySet();
    /** The calls that wait for their turn, by the hold that they change; no queue where no call runs. */
    private final Map<HoldName, Queue<Call<?>>> queues = new ConcurrentHashMap<>();

    private volatile boolean closed;

    /**
     * Runs a call at each subscription.
     *
     * @param unwanted receives the answer of a call that was cancelled or closed
     */
    public <T> Uni<T> run(Supplier<Uni<T>> work, Consumer<? super T> unwanted) {
        return call(null, work, unwanted, false);
    }

    public <T> Uni<T> run(Supplier<Uni<T>> work) {
        return run(work, answer -> {});
    }

    /** As {@link #run}, for a call that changes a hold: in turn with the others of that hold. */
    public <T> Uni<T> change(HoldName name, Supplier<Uni<T>> work, Consumer<? super T> unwanted) {
        return call(name, work, unwanted, false);
    }

    public <T> Uni<T> change(HoldName name, Supplier<Uni<T>> work) {
        return change(name, work, answer -> {});
    }

    /** As {@link #run}, for work that mostly waits: it is cancelled with its call. */
    public <T> Uni<T> runCancellable(Supplier<Uni<T>> work, Consumer<? super T> unwanted) {
        return call(null, work, unwanted, true);
    }

    public <T> Uni<T> runCancellable(Supplier<Uni<T>> work) {
        return runCancellable(work, answer -> {});
    }

    /** Fails every call in progress, and every later one, with {@link HoldsClosedException}. */
    public void close() {
        closed = true;
        inProgress.forEach(Call::close);
    }

    public boolean isClosed() {
        return closed;
    }

    private <T> Uni<T> call(
            @Nullable HoldName name, Supplier<Uni<T>> work, Consumer<? super T> unwanted, boolean cancelWork) {
        return Infrastructure.onUniCreation(new AbstractUni<T>() {
            @Override
            public void subscribe(UniSubscriber<? super T> caller) {
                new Call<T>(name, work, unwanted, cancelWork, caller).start();
            }
        });
    }

    private enum State {
        RUNNING,
        ANSWERED,
        ENDED
    }

    /**
     * One call. Its caller may be cancelled at the very moment at which the answer is delivered: Mutiny's subscribers first mark
     * themselves as cancelled, drop the answer if it comes now, and only then cancel their subscription. They never cancel it
     * once they have taken the answer, so a cancellation that follows the answer shows that the answer was dropped. An emitter
     * would not report it.
     */
    private final class Call<T> implements UniSubscriber<T>, UniSubscription {
        private final @Nullable HoldName name;
        private final Supplier<Uni<T>> work;
        private final Consumer<? super T> unwanted;
        private final boolean cancelWork;
        private final UniSubscriber<? super T> caller;
        private final AtomicReference<State> state = new AtomicReference<>(State.RUNNING);
        private volatile boolean inTurn;
        private volatile @Nullable UniSubscription running;
        private volatile @Nullable Thread delivering;
        private @Nullable T delivered;

        Call(
                @Nullable HoldName name,
                Supplier<Uni<T>> work,
                Consumer<? super T> unwanted,
                boolean cancelWork,
                UniSubscriber<? super T> caller) {
            this.name = name;
            this.work = work;
            this.unwanted = unwanted;
            this.cancelWork = cancelWork;
            this.caller = caller;
        }

        void start() {
            inProgress.add(this);
            caller.onSubscribe(this);
            if (closed) {
                close();
            } else if (name == null || isFirst(name)) {
                begin();
            }
        }

        /** Otherwise it is queued, and begins without its turn when that takes too long. */
        private boolean isFirst(HoldName changed) {
            AtomicBoolean first = new AtomicBoolean(); // a queued call may be in turn before this method returns
            queues.compute(changed, (same, queue) -> {
                if (queue == null) {
                    inTurn = true;
                    first.set(true);
                    return new ConcurrentLinkedQueue<>();
                }
                queue.add(this);
                Later.run(LONGEST_TURN, () -> {
                    if (queue.remove(this)) {
                        begin();
                    }
                });
                return queue;
            });
            return first.get();
        }

        /** The work has ended: the hold's next call begins, elsewhere so that any number of calls may follow each other. */
        private void next() {
            if (name != null && inTurn) {
                inTurn = false;
                queues.computeIfPresent(name, (same, queue) -> {
                    Call<?> next = queue.poll();
                    if (next == null) {
                        return null;
                    }
                    next.inTurn = true;
                    Later.run(next::begin);
                    return queue;
                });
            }
        }

        private void begin() {
            if (state.get() != State.RUNNING) {
                next();
                return;
            }
            Uni<T> begun;
            try {
                begun = work.get();
            } catch (RuntimeException e) {
                onFailure(e);
                return;
            }
            AbstractUni.subscribe(begun, this);
        }

        @Override
        public void onSubscribe(UniSubscription subscription) {
            running = subscription;
            if (state.get() == State.ENDED) {
                cancelWork();
            }
        }

        @Override
        public void onItem(T answer) {
            next();
            delivered = answer;
            delivering = Thread.currentThread();
            if (end(State.ANSWERED)) {
                caller.onItem(answer);
                delivering = null;
            } else {
                unwanted.accept(answer);
            }
        }

        @Override
        public void onFailure(Throwable failure) {
            next();
            if (end(State.ENDED)) {
                caller.onFailure(failure);
            }
        }

        void close() {
            if (end(State.ENDED)) {
                caller.onFailure(new HoldsClosedException());
            }
            cancelWork();
        }

        @Override
        @SuppressWarnings("NullAway") // an answer may be null, if T is
        public void cancel() {
            if (end(State.ENDED)) {
                cancelWork();
            } else if (delivering != Thread.currentThread() && state.compareAndSet(State.ANSWERED, State.ENDED)) {
                unwanted.accept(delivered);
            }
        }

        private boolean end(State how) {
            inProgress.remove(this);
            return state.compareAndSet(State.RUNNING, how);
        }

        private void cancelWork() {
            UniSubscription work = running;
            if (cancelWork && work != null) {
                work.cancel();
            }
        }
    }
}
