package io.heddle.broadcast;

import io.smallrye.mutiny.helpers.Subscriptions;
import java.util.Collections;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One subscriber of a {@link Broadcast}: its snapshot, its buffer and its turns on the executor. */
final class HotSubscription<T> implements Flow.Subscription {

    private final Flow.Subscriber<? super T> subscriber;
    private final Executor executor;
    private final Consumer<HotSubscription<T>> onEnd;
    private final Queue<T> buffer;
    private final AtomicLong demand = new AtomicLong();
    private final AtomicReference<@Nullable Ending> ending = new AtomicReference<>();
    /** More than 0: a turn is under way or to come. It begins so, because nothing may be emitted before {@link #start()}. */
    private final AtomicInteger work = new AtomicInteger(1);
    /** Read in turns only. */
    private Iterator<? extends T> snapshot;

    private boolean finished;

    /**
     * How it ends.
     *
     * @param failure null for a completion
     * @param now whether what waits is dropped
     * @param told whether the subscriber is told: not when it cancelled
     */
    private record Ending(@Nullable Throwable failure, boolean now, boolean told) {}

    HotSubscription(
            Flow.Subscriber<? super T> subscriber,
            Executor executor,
            int room,
            Iterator<? extends T> snapshot,
            Consumer<HotSubscription<T>> onEnd) {
        this.subscriber = subscriber;
        this.executor = executor;
        this.buffer = new ArrayBlockingQueue<>(room);
        this.snapshot = snapshot;
        this.onEnd = onEnd;
    }

    void start() {
        subscriber.onSubscribe(this);
        takeTurn();
    }

    /** Gives it an item; called by one thread at a time. False when it is full and ends because of that. */
    boolean offer(T item) {
        if (!buffer.offer(item)) {
            end(new Ending(new SlowSubscriberException(buffer.size() + 1L), true, true));
            return false;
        }
        // Without demand there is nothing to do: whoever requests looks for items afterwards.
        if (demand.get() > 0) {
            wake();
        }
        return true;
    }

    void completeWhenEmpty() {
        end(new Ending(null, false, true));
    }

    void completeNow() {
        end(new Ending(null, true, true));
    }

    @Override
    public void request(long count) {
        if (count <= 0) {
            end(new Ending(Subscriptions.getInvalidRequestException(), true, true));
        } else {
            Subscriptions.add(demand, count);
            wake();
        }
    }

    @Override
    public void cancel() {
        end(new Ending(null, true, false));
    }

    /** The first ending counts, but one that is to come when everything is delivered gives way to one that is to come now. */
    private void end(Ending wanted) {
        Ending is = ending.get();
        if (is == null || (wanted.now() && !is.now())) {
            if (ending.compareAndSet(is, wanted)) {
                wake();
            } else {
                end(wanted);
            }
        }
    }

    private void wake() {
        if (work.getAndIncrement() == 0) {
            takeTurn();
        }
    }

    private void takeTurn() {
        try {
            executor.execute(this::turn);
        } catch (RejectedExecutionException e) {
            // The executor was shut down: nobody is left who could tell the subscriber.
            onEnd.accept(this);
        }
    }

    private void turn() {
        int missed = 1;
        do {
            try {
                emit();
            } catch (RuntimeException e) {
                // A subscriber that throws (against the rules) gets no more; the others must not notice.
                end(new Ending(e, true, true));
            }
            missed = work.addAndGet(-missed);
        } while (missed != 0);
    }

    private void emit() {
        while (true) {
            Ending end = ending.get();
            if (end != null && end.now()) {
                finish(end);
                return;
            }
            if (demand.get() == 0 && (end == null || snapshot.hasNext() || !buffer.isEmpty())) {
                return;
            }
            T next = snapshot.hasNext() ? snapshot.next() : buffer.poll();
            if (next == null) {
                if (end != null) {
                    finish(end);
                }
                return;
            }
            Subscriptions.produced(demand, 1);
            subscriber.onNext(next);
        }
    }

    private void finish(Ending end) {
        onEnd.accept(this);
        buffer.clear();
        snapshot = Collections.emptyIterator();
        if (finished) {
            return;
        }
        finished = true;
        if (!end.told()) {
            return;
        }
        Throwable failure = end.failure();
        if (failure == null) {
            subscriber.onComplete();
        } else {
            subscriber.onError(failure);
        }
    }
}
