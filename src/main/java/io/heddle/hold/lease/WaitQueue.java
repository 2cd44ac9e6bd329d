package io.heddle.hold.lease;

import io.heddle.hold.AwaitTimeoutException;
import io.heddle.hold.FilePath;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.HoldEvent;
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
 * Those in this process who wait for a file, first come first served: only the first one tries, at once and then whenever the
 * file became free, and the next one when the first has got it or has given up. Nobody polls. Thread-safe.
 */
public final class WaitQueue {

    private final FileWatchers watchers;
    private final ScheduledExecutorService scheduler;
    private final Map<FilePath, Deque<Waiter<?>>> queues = new HashMap<>();

    public WaitQueue(FileWatchers watchers, ScheduledExecutorService scheduler) {
        this.watchers = watchers;
        this.scheduler = scheduler;
    }

    /**
     * Tries until it succeeds.
     *
     * @param attempt fails with {@link HeldByAnotherException} to wait on; any other failure is final
     * @param unwanted gets what an attempt brings when its waiter has left meanwhile
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
        private @Nullable ScheduledFuture<?> timer;
        private boolean first;
        private boolean trying;
        private boolean changed;
        private boolean over;

        Waiter(FilePath file, Supplier<Uni<T>> attempt, Consumer<? super T> unwanted, UniEmitter<? super T> emitter) {
            this.file = file;
            this.attempt = attempt;
            this.unwanted = unwanted;
            this.emitter = emitter;
        }

        void start(Duration timeout) {
            unwatch = watchers.add(file, this::happened);
            boolean head;
            synchronized (queues) {
                Deque<Waiter<?>> queue = queues.computeIfAbsent(file, same -> new ArrayDeque<>());
                queue.addLast(this);
                head = queue.peekFirst() == this;
            }
            emitter.onTermination(() -> {
                boolean unused = leave();
            });
            timer = scheduler.schedule(
                    () -> fail(new AwaitTimeoutException(file, timeout)), timeout.toNanos(), TimeUnit.NANOSECONDS);
            if (head) {
                itsTurn();
            }
        }

        private void itsTurn() {
            synchronized (this) {
                first = true;
            }
            tryNow();
        }

        /** Under the index's lock: the attempt itself is made elsewhere. */
        private void happened(HoldEvent event) {
            boolean free = event instanceof HoldEvent.Released
                    || event instanceof HoldEvent.Expired
                    || event instanceof HoldEvent.Synced
                    || event instanceof HoldEvent.Reset;
            if (free) {
                synchronized (this) {
                    changed = true;
                    if (!first || trying) {
                        return;
                    }
                }
                scheduler.execute(this::tryNow);
            }
        }

        private void tryNow() {
            synchronized (this) {
                if (over || trying) {
                    return;
                }
                trying = true;
                changed = false;
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
            if (!(failure instanceof HeldByAnotherException)) {
                fail(failure);
                return;
            }
            boolean again;
            synchronized (this) {
                trying = false;
                again = changed;
            }
            if (again) {
                tryNow();
            }
        }

        /** @return whether it was still waiting */
        private boolean leave() {
            synchronized (this) {
                if (over) {
                    return false;
                }
                over = true;
            }
            if (unwatch != null) {
                unwatch.run();
            }
            if (timer != null) {
                timer.cancel(false);
            }
            Waiter<?> next = remove(file, this);
            if (next != null) {
                next.itsTurn();
            }
            return true;
        }
    }

    /** @return whose turn it is now, if it was this one's */
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
