package io.heddle.broadcast;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.helpers.Subscriptions;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One hot source for many subscribers, none of which can slow the source or another subscriber: each has a bounded buffer of
 * its own, and one that falls behind it is ended with a {@link SlowSubscriberException}.
 *
 * <p>Every subscriber gets the items in the order of publication, serialised, on the executor. One that blocks holds a thread of
 * the executor and nothing else, so the executor should be able to spare some.
 *
 * <p>Thread-safe. Items that are published by several threads at once get one order, the same for all subscribers.
 *
 * @param <T> the items, immutable: all subscribers get the same objects
 */
public final class Broadcast<T> implements AutoCloseable {

    private final Executor executor;
    private final Object lock = new Object();
    /** Grows under the lock; shrinks at any time. */
    private final Set<HotSubscription<T>> subscriptions = ConcurrentHashMap.newKeySet();

    private final AtomicLong evictions = new AtomicLong();
    private boolean ended; // guarded by lock

    /** @param executor calls the subscribers; must not run them in the thread that calls it */
    public Broadcast(Executor executor) {
        this.executor = executor;
    }

    /**
     * Gives the item to every subscriber of this moment. Never waits for a subscriber; what it costs does not depend on how fast
     * they are. After the end it does nothing.
     */
    public void publish(T item) {
        synchronized (lock) {
            publishLocked(item);
        }
    }

    /**
     * Changes the state that snapshots are taken from, and publishes what came of it, in one step: a subscriber sees the change
     * either in its snapshot or as items, never in both and never in none.
     *
     * @param change makes the change, quickly, and returns the items; must not wait for another thread that uses this object
     */
    public void publishAll(Supplier<? extends List<? extends T>> change) {
        synchronized (lock) {
            change.get().forEach(this::publishLocked);
        }
    }

    /**
     * The items that are published from the subscription on.
     *
     * @param buffer how many items may wait for this subscriber; at least 1
     */
    public Multi<T> subscribe(int buffer) {
        return subscribe(buffer, Collections::emptyList);
    }

    /**
     * A snapshot, and then the items that are published after it: nothing is missing between the two and nothing comes twice,
     * provided that the state changes in {@link #publishAll} only, or that publishing an item is itself the change.
     *
     * <p>The snapshot is taken at the subscription and read as the subscriber requests; it takes no room in the buffer.
     *
     * @param buffer how many live items may wait for this subscriber; at least 1
     * @param snapshot takes it, quickly: publishers wait meanwhile. Later changes must not touch what it returns. What it throws
     *     fails the subscription
     */
    public Multi<T> subscribe(int buffer, Supplier<? extends Iterable<? extends T>> snapshot) {
        if (buffer < 1) {
            throw new IllegalArgumentException("a buffer of at least 1 is needed, not " + buffer);
        }
        return Multi.createFrom().publisher(subscriber -> register(subscriber, buffer, snapshot));
    }

    /** How many subscribers there are. */
    public int subscribers() {
        return subscriptions.size();
    }

    /** How many subscribers were ended because they were too slow, since the beginning. */
    public long evictions() {
        return evictions.get();
    }

    /** Completes every subscriber once it has got what was published for it; later ones complete at once. Idempotent. */
    public void complete() {
        endAll(HotSubscription::completeWhenEmpty);
    }

    /** Completes every subscriber now, whatever still waits for it; later ones complete at once. Idempotent. */
    @Override
    public void close() {
        endAll(HotSubscription::completeNow);
    }

    private void publishLocked(T item) {
        if (ended) {
            return;
        }
        subscriptions.removeIf(subscription -> {
            boolean evicted = !subscription.offer(item);
            if (evicted) {
                evictions.incrementAndGet();
            }
            return evicted;
        });
    }

    private void register(
            Flow.Subscriber<? super T> subscriber, int buffer, Supplier<? extends Iterable<? extends T>> snapshot) {
        HotSubscription<T> subscription;
        try {
            synchronized (lock) {
                subscription = new HotSubscription<>(
                        subscriber, executor, buffer, snapshot.get().iterator(), subscriptions::remove);
                if (ended) {
                    subscription.completeNow();
                } else {
                    subscriptions.add(subscription);
                }
            }
        } catch (RuntimeException e) {
            Subscriptions.fail(subscriber, e);
            return;
        }
        subscription.start();
    }

    private void endAll(Consumer<HotSubscription<T>> end) {
        synchronized (lock) {
            ended = true;
            subscriptions.forEach(end);
        }
    }
}
