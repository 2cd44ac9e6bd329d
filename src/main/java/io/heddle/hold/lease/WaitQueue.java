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
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
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
 * when the first has succeeded or given up. A refused call tries again when the file's newest entry is later than the hold that
 * refused it, or when that hold has ended: whatever frees a file wakes its waiters, also when the watch cannot show how. Attempts
 * and answers run on Mutiny's worker threads, never on the timer. Thread-safe.
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
        return Uni.createFrom().emitter(emitter -> new Waiter<T>(file, attempt, unwanted, emitter).start(timeout));
    }

    private final class Waiter<T> {
        private final FilePath file;
        private final Supplier<Uni<T>> attempt;
        private final Consumer<? super T> unwanted;
        private final UniEmitter<? super T> emitter;
        private @Nullable Runnable unwatch;
        private @Nullable ScheduledFuture<?> timeout;
        private @Nullable ScheduledFuture<?> holdEnd;
        private boolean first;
        private boolean trying;
        private boolean over;
        /** The hold that refused the last attempt; null before. */
        private @Nullable Hold blocker;
        /** The newest entry that was received since the attempt began; null for none. */
        private @Nullable HoldEntry newest;

        Waiter(FilePath file, Supplier<Uni<T>> attempt, Consumer<? super T> unwanted, UniEmitter<? super T> emitter) {
            this.file = file;
            this.attempt = attempt;
            this.unwanted = unwanted;
            this.emitter = emitter;
        }

        void start(Duration longest) {
            unwatch = watchers.add(file, this::changed);
            boolean head;
            synchronized (queues) {
                Deque<Waiter<?>> queue = queues.computeIfAbsent(file, same -> new ArrayDeque<>());
                queue.addLast(this);
                head = queue.peekFirst() == this;
            }
            emitter.onTermination(() -> {
                boolean unused = leave();
            });
            timeout = scheduler.schedule(
                    () -> Later.run(() -> fail(new AwaitTimeoutException(file, longest))),
                    longest.toNanos(),
                    TimeUnit.NANOSECONDS);
            if (head) {
                becomeFirst();
            }
        }

        private void becomeFirst() {
            synchronized (this) {
                first = true;
            }
            Later.run(this::tryNow);
        }

        /** Called under the index's lock: the attempt is made elsewhere. */
        private void changed(HoldEntry entry) {
            synchronized (this) {
                newest = entry;
                if (!first || trying || !isNews()) {
                    return;
                }
            }
            Later.run(this::tryNow);
        }

        /** Whether the newest entry is anything but the hold that refused the last attempt, or its renewal. */
        private boolean isNews() {
            Hold refused = blocker;
            HoldEntry entry = newest;
            return entry != null
                    && (refused == null
                            || (entry.revision() > refused.revision()
                                    && !(entry instanceof HoldEntry.Held held
                                            && held.hold().token() == refused.token())));
        }

        private void tryNow() {
            synchronized (this) {
                if (over || trying) {
                    return;
                }
                trying = true;
                blocker = null;
                newest = null;
                if (holdEnd != null) {
                    holdEnd.cancel(false);
                }
            }
            attempt.get().subscribe().with(this::succeeded, this::failed);
        }

        private void succeeded(T answer) {
            if (leave()) {
                emitter.complete(answer);
            } else {
                unwanted.accept(answer);
            }
        }

        private void fail(Throwable failure) {
            if (leave()) {
                emitter.fail(failure);
            }
        }

        private void failed(Throwable failure) {
            boolean again = failure instanceof HoldContentionException;
            if (!again && !(failure instanceof HeldByAnotherException)) {
                fail(failure);
                return;
            }
            synchronized (this) {
                trying = false;
                if (failure instanceof HeldByAnotherException refusal) {
                    blocker = refusal.hold();
                    again = isNews();
                }
                if (!again) {
                    scheduleHoldEnd();
                }
            }
            if (again) {
                Later.run(this::tryNow);
            }
        }

        private synchronized void scheduleHoldEnd() {
            Hold refused = blocker;
            if (over || trying || refused == null) {
                return;
            }
            Duration left = Duration.between(clock.now().earliest(), refused.endsAt());
            Duration delay = left.compareTo(LONGEST_DELAY) > 0
                    ? LONGEST_DELAY
                    : left.compareTo(SHORTEST_DELAY) < 0 ? SHORTEST_DELAY : left;
            holdEnd = scheduler.schedule(this::checkHoldEnd, delay.toNanos(), TimeUnit.NANOSECONDS);
        }

        private synchronized void checkHoldEnd() {
            Hold refused = blocker;
            if (refused != null && HoldRules.hasEnded(refused, clock.now())) {
                Later.run(this::tryNow);
            } else {
                scheduleHoldEnd();
            }
        }

        /** @return whether it was still waiting */
        private boolean leave() {
            synchronized (this) {
                if (over) {
                    return false;
                }
                over = true;
                if (holdEnd != null) {
                    holdEnd.cancel(false);
                }
            }
            if (unwatch != null) {
                unwatch.run();
            }
            if (timeout != null) {
                timeout.cancel(false);
            }
            Waiter<?> next = remove(file, this);
            if (next != null) {
                next.becomeFirst();
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
}
