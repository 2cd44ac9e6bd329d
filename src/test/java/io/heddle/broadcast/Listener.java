package io.heddle.broadcast;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;

/** A subscriber that keeps what it gets, requests what the test says, and may stand still. */
final class Listener<T> implements Flow.Subscriber<T> {

    private final List<T> items = new ArrayList<>(); // guarded by itself
    private final long firstDemand;
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile Flow.Subscription subscription;
    private volatile Throwable failure;
    private volatile boolean completed;

    Listener(long firstDemand) {
        this.firstDemand = firstDemand;
    }

    Listener<T> blocked() {
        gate = new CountDownLatch(1);
        return this;
    }

    void unblock() {
        gate.countDown();
    }

    List<T> items() {
        synchronized (items) {
            return List.copyOf(items);
        }
    }

    int count() {
        synchronized (items) {
            return items.size();
        }
    }

    Throwable failure() {
        return failure;
    }

    boolean isCompleted() {
        return completed;
    }

    void request(long count) {
        subscription.request(count);
    }

    void cancel() {
        subscription.cancel();
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        if (firstDemand > 0) {
            given.request(firstDemand);
        }
    }

    @Override
    public void onNext(T item) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (items) {
            items.add(item);
        }
    }

    @Override
    public void onError(Throwable thrown) {
        failure = thrown;
    }

    @Override
    public void onComplete() {
        completed = true;
    }
}
