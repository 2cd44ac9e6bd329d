package io.heddle.hold.lease;

import io.heddle.hold.AwaitTimeoutException;
import io.heddle.hold.FilePath;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldContentionException;
import io.heddle.hold.HoldName;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.bucket.HoldEntry;
import io.heddle.hold.bucket.HoldRules;
import io.heddle.hold.bucket.PathOrder;
import io.heddle.stream.Later;
import io.heddle.stream.clock.BrokerClock;
import io.heddle.stream.clock.BrokerClock.Reading;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.operators.AbstractUni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.mutiny.subscription.UniSubscriber;
import io.smallrye.mutiny.subscription.UniSubscription;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls of this process that wait for a file, first come first served: a call tries when no earlier call that it conflicts
 * with waits, and the next one when that has succeeded or given up. Calls conflict as holds do: where their paths overlap, unless
 * both are shared or of one holder. A call may overtake one that waits for its own holder; otherwise the two would wait for each
 * other. Thread-safe.
 *
 * <pre>
 * QUEUED --- none before it ------> TRYING --- granted, or failed ---> ENDED
 *                                    |  ^
 *                            refused |  | the file has changed, or the hold that refused the call has ended
 *                                    v  |
 *                                  REFUSED
 *
 * any state --- timeout, or cancelled ---> ENDED
 * </pre>
 *
 * <p>Every change of the entry that refused a call counts, not only an event: a hold that begins and ends before the watch delivers
 * it makes no event and still frees the file. A change of any entry that overlaps during an attempt leads to another attempt.
 */
public final class WaitQueue {

    /** The longest delay before the end of a hold is compared with the clock again, which may have been calibrated meanwhile. */
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(2);

    private static final Duration SHORTEST_DELAY = Duration.ofMillis(1);

    private final FileWatchers watchers;
    private final ScheduledExecutorService scheduler;
    private final BrokerClock clock;
    /** By path, each in the order of arrival. */
    private final NavigableMap<String, Deque<Waiter<?>>> queues = new TreeMap<>();

    private long arrivals;

    public WaitQueue(FileWatchers watchers, ScheduledExecutorService scheduler, BrokerClock clock) {
        this.watchers = watchers;
        this.scheduler = scheduler;
        this.clock = clock;
    }

    /**
     * Tries until it succeeds.
     *
     * @param attempt fails with {@link HeldByAnotherException} or {@link HoldContentionException} to wait on; any other failure
     *     is final
     * @param unwanted receives the result of an attempt whose call has ended meanwhile
     * @param timeout after which it fails with {@link AwaitTimeoutException}
     */
    public <T> Uni<T> await(FilePath file, Supplier<Uni<T>> attempt, Consumer<? super T> unwanted, Duration timeout) {
        return await(file, null, false, attempt, unwanted, timeout);
    }

    /** The same for a call that asks for a hold: it waits only behind calls that ask for a conflicting one. */
    public <T> Uni<T> await(
            HoldRequest request, Supplier<Uni<T>> attempt, Consumer<? super T> unwanted, Duration timeout) {
        return await(request.file(), request.holder(), request.shared(), attempt, unwanted, timeout);
    }

    private <T> Uni<T> await(
            FilePath file,
            @Nullable String holder,
            boolean shared,
            Supplier<Uni<T>> attempt,
            Consumer<? super T> unwanted,
            Duration timeout) {
        return Infrastructure.onUniCreation(new AbstractUni<T>() {
            @Override
            public void subscribe(UniSubscriber<? super T> caller) {
                new Waiter<T>(file, holder, shared, attempt, unwanted, caller, timeout).start();
            }
        });
    }

    private enum State {
        QUEUED,
        TRYING,
        REFUSED,
        ENDED
    }

    private final class Waiter<T> implements FileWatchers.Watcher, UniSubscription {
        private final FilePath file;
        private final @Nullable String holder;
        private final boolean shared;
        private final Uni<T> attempt;
        private final Consumer<? super T> unwanted;
        private final UniSubscriber<? super T> caller;
        private final Duration longest;
        private final Runnable unwatch;
        private @Nullable ScheduledFuture<?> timeout;
        private volatile State state = State.QUEUED;
        private long number;
        /** Whether the file has changed since the attempt began. */
        private boolean changed;
        /** The hold that refused the last attempt, as of its last renewal; null while there is none. */
        private volatile @Nullable Hold blocker;

        private @Nullable ScheduledFuture<?> blockerCheck;

        Waiter(
                FilePath file,
                @Nullable String holder,
                boolean shared,
                Supplier<Uni<T>> attempt,
                Consumer<? super T> unwanted,
                UniSubscriber<? super T> caller,
                Duration longest) {
            this.file = file;
            this.holder = holder;
            this.shared = shared;
            this.attempt = Uni.createFrom().deferred(attempt::get);
            this.unwanted = unwanted;
            this.caller = caller;
            this.longest = longest;
            this.unwatch = watchers.addOverlapping(file, this);
        }

        void start() {
            caller.onSubscribe(this);
            synchronized (queues) {
                synchronized (this) {
                    if (state == State.ENDED) {
                        return;
                    }
                    timeout = scheduler.schedule(this::timedOut, longest.toNanos(), TimeUnit.NANOSECONDS);
                }
                number = arrivals++;
                queues.computeIfAbsent(file.value(), same -> new ArrayDeque<>()).addLast(this);
                if (!isNext(this)) {
                    return;
                }
            }
            startOnce();
        }

        /** Returns whether this call must not come before an earlier one. */
        boolean isBehind(Waiter<?> other) {
            Hold waitsFor = other.blocker;
            return other.number < number
                    && !(shared && other.shared)
                    && (holder == null
                            || !(holder.equals(other.holder)
                                    || (waitsFor != null && waitsFor.holder().equals(holder))));
        }

        /** The caller's code must not run on the timer's thread, which renews leases. */
        private void timedOut() {
            Later.run(() -> fail(new AwaitTimeoutException(file, longest)));
        }

        /** Tries, unless another call has made it try already. */
        synchronized void startOnce() {
            if (state == State.QUEUED) {
                tryNow();
            }
        }

        private synchronized void tryNow() {
            if (state == State.ENDED) {
                return;
            }
            state = State.TRYING;
            changed = false;
            blocker = null;
            stop(blockerCheck);
            scheduler.execute(this::attempt); // not here, because the index's lock may be held
        }

        private void attempt() {
            synchronized (this) {
                if (state == State.ENDED) {
                    return;
                }
            }
            Cancellable unused = attempt.subscribe().with(this::granted, this::refused);
        }

        @Override
        public synchronized void changed(HoldName name, HoldEntry newest) {
            Hold refusing = blocker;
            if (newest instanceof HoldEntry.Held held
                    && refusing != null
                    && held.hold().token() == refusing.token()
                    && !HoldRules.hasEnded(held.hold(), clock.now())) {
                blocker = held.hold();
            } else if (refusing == null || HoldName.of(refusing).equals(name)) {
                recheck(name, newest);
            }
        }

        @Override
        public synchronized void recheck(HoldName name, @Nullable HoldEntry known) {
            changed = true;
            if (state == State.REFUSED) {
                tryNow();
            }
        }

        private void granted(T answer) {
            if (end()) {
                caller.onItem(answer);
            } else {
                unwanted.accept(answer);
            }
        }

        private void refused(Throwable failure) {
            boolean contended = failure instanceof HoldContentionException;
            if (!contended && !(failure instanceof HeldByAnotherException)) {
                fail(failure);
                return;
            }
            synchronized (this) {
                if (state == State.ENDED) {
                    return;
                }
                state = State.REFUSED;
                if (changed || contended) {
                    tryNow();
                } else if (failure instanceof HeldByAnotherException refusal) {
                    blocker = refusal.hold();
                    checkBlocker();
                }
            }
            startNext(file); // what the blocker's holder waits for
        }

        private synchronized void checkBlocker() {
            Hold hold = blocker;
            if (state != State.REFUSED || hold == null) {
                return;
            }
            Reading now = clock.now();
            if (HoldRules.hasEnded(hold, now)) {
                tryNow();
                return;
            }
            Duration left = Duration.between(now.earliest(), hold.endsAt());
            Duration delay = left.compareTo(LONGEST_DELAY) > 0
                    ? LONGEST_DELAY
                    : left.compareTo(SHORTEST_DELAY) < 0 ? SHORTEST_DELAY : left;
            blockerCheck = scheduler.schedule(this::checkBlocker, delay.toNanos(), TimeUnit.NANOSECONDS);
        }

        private void fail(Throwable failure) {
            if (end()) {
                caller.onFailure(failure);
            }
        }

        @Override
        public void cancel() {
            boolean unused = end();
        }

        /** @return whether the call was still waiting */
        private boolean end() {
            synchronized (this) {
                if (state == State.ENDED) {
                    return false;
                }
                state = State.ENDED;
                stop(blockerCheck);
                stop(timeout);
            }
            unwatch.run();
            synchronized (queues) {
                queues.computeIfPresent(file.value(), (same, queue) -> {
                    queue.remove(this);
                    return queue.isEmpty() ? null : queue;
                });
            }
            startNext(file);
            return true;
        }
    }

    /** Starts the calls that waited for one of this path only. */
    private void startNext(FilePath path) {
        List<Waiter<?>> next = new ArrayList<>();
        synchronized (queues) {
            PathOrder.overlapping(queues, path).forEach(at -> {
                for (Waiter<?> waiter : at.getValue()) {
                    if (waiter.state == State.QUEUED && isNext(waiter)) {
                        next.add(waiter);
                    } else if (!waiter.shared) {
                        break; // whoever came later to this path is behind it
                    }
                }
            });
        }
        next.forEach(Waiter::startOnce);
    }

    /** Called under the lock of the queues. */
    private boolean isNext(Waiter<?> waiter) {
        return PathOrder.overlapping(queues, waiter.file).noneMatch(at -> {
            for (Waiter<?> other : at.getValue()) {
                if (other.number >= waiter.number) {
                    return false;
                }
                if (waiter.isBehind(other)) {
                    return true;
                }
            }
            return false;
        });
    }

    private static void stop(@Nullable ScheduledFuture<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }
}
