package io.heddle.broadcast;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.helpers.Subscriptions;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A hot source for many subscribers. Each has its own bounded buffer; a subscriber whose buffer is full is ended with a
 * {@link SlowSubscriberException}, and neither the source nor another subscriber waits for it.
 *
 * <p>Every subscriber receives the items in the order of publication, one at a time, on the executor. A subscriber that blocks
 * occupies one thread of the executor. Thread-safe; concurrent publications get one order, the same for all subscribers.
 *
 * @param <T> the items, immutable: all subscribers receive the same objects
 */
public final class Broadcast<T> implements AutoCloseable {

    /** The topic of a subscriber that receives everything. */
    public static final Object EVERYTHING = new Object();

    private final Executor executor;
    private final Function<? super T, ? extends Collection<?>> topics;
    private final Object lock = new Object();
    /** By topic. Added under the lock and removed at any time. */
    private final Map<Object, Set<HotSubscription<T>>> subscriptions = new ConcurrentHashMap<>();

    private final AtomicLong evictions = new AtomicLong();
    private boolean ended; // guarded by lock

    /**
     * Creates a broadcast without subscribers.
     *
     * @param executor calls the subscribers; must not run a task in the thread that submits it
     */
    public Broadcast(Executor executor) {
        this(executor, item -> List.of());
    }

    /**
     * Creates a broadcast with topics. An item is offered to the subscribers of its topics and of {@link #EVERYTHING} only, so
     * its publication costs nothing for the others.
     *
     * @param topics returns the topics of an item, quickly; {@link #EVERYTHING} among them offers it to all subscribers
     */
    public Broadcast(Executor executor, Function<? super T, ? extends Collection<?>> topics) {
        this.executor = executor;
        this.topics = topics;
    }

    /** Publishes an item to all current subscribers without waiting for any of them. Does nothing after the end. */
    public void publish(T item) {
        publishAll(() -> List.of(item));
    }

    /**
     * Changes the state that snapshots are taken from and publishes the resulting items as one step: a subscriber sees the change
     * either in its snapshot or as items, never in both and never in neither.
     *
     * @param change makes the change, quickly, and returns the items; must not wait for another thread that uses this object
     */
    public void publishAll(Supplier<? extends List<? extends T>> change) {
        synchronized (lock) {
            List<? extends T> items = change.get();
            if (ended) {
                return;
            }
            items.forEach(this::offer);
        }
    }

    private void offer(T item) {
        boolean unnarrowed = subscriptions.size() == 1 && subscriptions.containsKey(EVERYTHING);
        Collection<?> of = unnarrowed ? List.of() : topics.apply(item);
        if (of.contains(EVERYTHING)) {
            subscriptions.keySet().forEach(topic -> offer(topic, item));
        } else {
            offer(EVERYTHING, item);
            of.forEach(topic -> offer(topic, item));
        }
    }

    private void offer(Object topic, T item) {
        Set<HotSubscription<T>> subscribers = subscriptions.get(topic);
        if (subscribers == null) {
            return;
        }
        subscribers.forEach(subscription -> {
            if (!subscription.offer(item)) {
                evictions.incrementAndGet();
                remove(topic, subscription);
            }
        });
    }

    /** The items published after the subscription; {@code buffer} of them, at least 1, may wait for the subscriber. */
    public Multi<T> subscribe(int buffer) {
        return subscribe(buffer, Collections::emptyList);
    }

    /**
     * A snapshot followed by the items published after it, without gap or duplicate if the state changes in {@link #publishAll}
     * only. The snapshot is taken at the subscription, read as the subscriber requests, and takes no room in the buffer.
     *
     * @param buffer how many live items may wait for the subscriber; at least 1
     * @param snapshot takes the snapshot, quickly, because publishers wait; its result must not change afterwards. An exception
     *     fails the subscription
     */
    public Multi<T> subscribe(int buffer, Supplier<? extends Iterable<? extends T>> snapshot) {
        return subscribe(buffer, EVERYTHING, snapshot);
    }

    /** As the other {@code subscribe}, for the items of one topic; the snapshot is the caller's to narrow. */
    public Multi<T> subscribe(int buffer, Object topic, Supplier<? extends Iterable<? extends T>> snapshot) {
        if (buffer < 1) {
            throw new IllegalArgumentException("invalid buffer " + buffer + ": must be at least 1");
        }
        return Multi.createFrom().publisher(subscriber -> register(subscriber, buffer, topic, snapshot));
    }

    /** The number of subscribers. */
    public int subscribers() {
        return subscriptions.values().stream().mapToInt(Set::size).sum();
    }

    /** How many subscribers were ended so far because they were too slow. */
    public long evictions() {
        return evictions.get();
    }

    /** Completes every subscriber after the items published so far, and later subscribers at once. Idempotent. */
    public void complete() {
        endAll(false);
    }

    /** Completes every subscriber at once, dropping buffered items, and later subscribers at once. Idempotent. */
    @Override
    public void close() {
        endAll(true);
    }

    private void register(
            Flow.Subscriber<? super T> subscriber,
            int buffer,
            Object topic,
            Supplier<? extends Iterable<? extends T>> snapshot) {
        HotSubscription<T> subscription;
        try {
            synchronized (lock) {
                subscription = new HotSubscription<>(
                        subscriber, executor, buffer, snapshot.get().iterator(), ended -> remove(topic, ended));
                if (ended) {
                    subscription.complete(true);
                } else {
                    subscriptions.compute(topic, (same, others) -> {
                        Set<HotSubscription<T>> all = others == null ? ConcurrentHashMap.newKeySet() : others;
                        all.add(subscription);
                        return all;
                    });
                }
            }
        } catch (RuntimeException e) {
            Subscriptions.fail(subscriber, e);
            return;
        }
        subscription.start();
    }

    private void endAll(boolean immediate) {
        synchronized (lock) {
            ended = true;
            subscriptions.values().forEach(all -> all.forEach(subscription -> subscription.complete(immediate)));
        }
    }

    private void remove(Object topic, HotSubscription<T> subscription) {
        subscriptions.computeIfPresent(topic, (same, all) -> {
            all.remove(subscription);
            return all.isEmpty() ? null : all;
        });
    }
}
