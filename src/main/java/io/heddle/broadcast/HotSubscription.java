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

/** One subscriber of a {@link Broadcast}: its snapshot, its bounded buffer and the drain loop that runs on the executor. */
final class HotSubscription<T> implements Flow.Subscription {

    private final Flow.Subscriber<? super T> subscriber;
    private final Executor executor;
    private final Consumer<HotSubscription<T>> onEnd;
    private final Queue<T> buffer;
    private final AtomicLong demand = new AtomicLong();
    private final AtomicReference<@Nullable Ending> ending = new AtomicReference<>();
    /** More than 0 while a drain runs or is queued. Starts at 1, because nothing may be emitted before {@link #start()}. */
    private final AtomicInteger work = new AtomicInteger(1);
    // Used by the drain loop only.
    private Iterator<? extends T> snapshot;
    private boolean finished;

    /**
     * @param immediate whether buffered items are dropped
     * @param signal the terminal signal; does nothing for a cancellation
     */
    private record Ending(boolean immediate, Consumer<Flow.Subscriber<?>> signal) {
        static Ending failure(Throwable failure) {
            return new Ending(true, subscriber -> subscriber.onError(failure));
        }
    }

    HotSubscription(
            Flow.Subscriber<? super T> subscriber,
            Executor executor,
            int capacity,
            Iterator<? extends T> snapshot,
            Consumer<HotSubscription<T>> onEnd) {
        this.subscriber = subscriber;
        this.executor = executor;
        this.buffer = new ArrayBlockingQueue<>(capacity);
        this.snapshot = snapshot;
        this.onEnd = onEnd;
    }

    void start() {
        subscriber.onSubscribe(this);
        submitDrain();
    }

    /** Adds an item; called by one thread at a time. Returns false, and ends the subscription, when the buffer is full. */
    boolean offer(T item) {
        if (!buffer.offer(item)) {
            end(Ending.failure(new SlowSubscriberException(buffer.size() + 1L)));
            return false;
        }
        // Without demand there is nothing to emit; request() wakes the drain later.
        if (demand.get() > 0) {
            wake();
        }
        return true;
    }

    void complete(boolean immediate) {
        end(new Ending(immediate, Flow.Subscriber::onComplete));
    }

    @Override
    public void request(long count) {
        if (count <= 0) {
            end(Ending.failure(Subscriptions.getInvalidRequestException()));
        } else {
            Subscriptions.add(demand, count);
            wake();
        }
    }

    @Override
    public void cancel() {
        end(new Ending(true, nobody -> {}));
    }

    /** The first ending counts, except that an immediate one replaces one that waits for the buffer. */
    private void end(Ending next) {
        ending.accumulateAndGet(next, (is, other) -> is == null || (other.immediate() && !is.immediate()) ? other : is);
        wake();
    }

    private void wake() {
        if (work.getAndIncrement() == 0) {
            submitDrain();
        }
    }

    private void submitDrain() {
        try {
            executor.execute(this::drain);
        } catch (RejectedExecutionException e) {
            // The executor was shut down, so no signal can be delivered any more.
            onEnd.accept(this);
        }
    }

    private void drain() {
        int missed = 1;
        do {
            try {
                emit();
            } catch (RuntimeException e) {
                // A subscriber that throws (against the specification) gets nothing more; the others are not affected.
                end(Ending.failure(e));
            }
            missed = work.addAndGet(-missed);
        } while (missed != 0);
    }

    private void emit() {
        while (true) {
            Ending end = ending.get();
            if (end != null && (end.immediate() || (!snapshot.hasNext() && buffer.isEmpty()))) {
                finish(end);
                return;
            }
            if (demand.get() == 0) {
                return;
            }
            T next = snapshot.hasNext() ? snapshot.next() : buffer.poll();
            if (next == null) {
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
        if (!finished) {
            finished = true;
            end.signal().accept(subscriber);
        }
    }
}
