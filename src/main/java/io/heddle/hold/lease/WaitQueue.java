package io.heddle.hold.lease;

import io.heddle.hold.AwaitTimeoutException;
import io.heddle.hold.FilePath;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldContentionException;
import io.heddle.hold.bucket.HoldEntry;
import io.heddle.hold.bucket.HoldRules;
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
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls of this process that wait for a file, first come first served: only the first call of a file tries, and the next one
 * when the first has succeeded or given up. Thread-safe.
 *
 * <pre>
 * QUEUED --- first of its file ---> TRYING --- granted, or failed ---> ENDED
 *                                    |  ^
 *                            refused |  | the file has changed, or the hold that refused the call has ended
 *                                    v  |
 *                                  REFUSED
 *
 * any state --- timeout, or cancelled ---> ENDED
 * </pre>
 *
 * <p>Every change of the file's entry counts, not only an event: a hold that begins and ends before the watch delivers it makes
 * no event and still frees the file. A change during an attempt leads to another attempt.
 */
public final class WaitQueue {

    /** The longest delay before the end of a hold is compared with the clock again, which may have been calibrated meanwhile. */
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(2);

    private static final Duration SHORTEST_DELAY = Duration.ofMillis(1);

    private final FileWatchers watchers;
    private final ScheduledExecutorService scheduler;
    private final BrokerClock clock;
    private final Map<FilePath, Deque<Waiter<?>>> queues = new HashMap<>();

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
        return Infrastructure.onUniCreation(new AbstractUni<T>() {
            @Override
            public void subscribe(UniSubscriber<? super T> caller) {
                new Waiter<T>(file, attempt, unwanted, caller, timeout).start();
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
        private final Uni<T> attempt;
        private final Consumer<? super T> unwanted;
        private final UniSubscriber<? super T> caller;
        private final Duration longest;
        private final Runnable unwatch;
        private @Nullable ScheduledFuture<?> timeout;
        private State state = State.QUEUED;
        /** Whether the file has changed since the attempt began. */
        private boolean changed;
        /** The hold that refused the last attempt, as of its last renewal; null while there is none. */
        private @Nullable Hold blocker;

        private @Nullable ScheduledFuture<?> blockerCheck;

        Waiter(
                FilePath file,
                Supplier<Uni<T>> attempt,
                Consumer<? super T> unwanted,
                UniSubscriber<? super T> caller,
                Duration longest) {
            this.file = file;
            this.attempt = Uni.createFrom().deferred(attempt::get);
            this.unwanted = unwanted;
            this.caller = caller;
            this.longest = longest;
            this.unwatch = watchers.add(file, this);
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
                Deque<Waiter<?>> queue = queues.computeIfAbsent(file, same -> new ArrayDeque<>());
                queue.addLast(this);
                if (queue.size() > 1) {
                    return;
                }
            }
            tryNow();
        }

        /** The caller's code must not run on the timer's thread, which renews leases. */
        private void timedOut() {
            Later.run(() -> fail(new AwaitTimeoutException(file, longest)));
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
        public synchronized void changed(HoldEntry newest) {
            if (newest instanceof HoldEntry.Held held
                    && blocker != null
                    && held.hold().token() == blocker.token()
                    && !HoldRules.hasEnded(held.hold(), clock.now())) {
                blocker = held.hold();
            } else {
                recheck(newest);
            }
        }

        @Override
        public synchronized void recheck(@Nullable HoldEntry known) {
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
            Waiter<?> next = remove(file, this);
            if (next != null) {
                next.tryNow();
            }
            return true;
        }
    }

    /** @return the new first waiter, if this one was the first */
    private @Nullable Waiter<?> remove(FilePath file, Waiter<?> waiter) {
        synchronized (queues) {
            Deque<Waiter<?>> queue = queues.get(file);
            if (queue == null) {
                return null;
            }
            boolean wasFirst = queue.peekFirst() == waiter;
            queue.remove(waiter);
            if (queue.isEmpty()) {
                queues.remove(file);
            }
            return wasFirst ? queue.peekFirst() : null;
        }
    }

    private static void stop(@Nullable ScheduledFuture<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }
}
