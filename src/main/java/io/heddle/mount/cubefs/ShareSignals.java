package io.heddle.mount.cubefs;

import io.heddle.mount.ShareSignal;
import io.smallrye.mutiny.helpers.Subscriptions;
import io.smallrye.mutiny.operators.AbstractMulti;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * The signals, kept in order until their one reader asks for them, also while there is no reader. Bounded: beyond
 * {@link #LIMIT} a signal that a later one of the same share has overtaken is dropped, so what is kept grows with the number
 * of shares at most, and the latest signal of each share is never lost. Delivered on the worker, one at a time.
 */
final class ShareSignals extends AbstractMulti<ShareSignal> {

    private static final int LIMIT = 1024;

    private final Executor worker;
    private final Deque<ShareSignal> waiting = new ArrayDeque<>();
    private @Nullable Reader reader;
    private boolean draining;

    ShareSignals(Executor worker) {
        this.worker = worker;
    }

    void emit(ShareSignal signal) {
        synchronized (this) {
            waiting.add(signal);
            if (waiting.size() > LIMIT) {
                dropOvertaken();
            }
        }
        drain();
    }

    @Override
    public void subscribe(MultiSubscriber<? super ShareSignal> subscriber) {
        Reader fresh = new Reader(subscriber);
        synchronized (this) {
            if (reader != null) {
                Subscriptions.fail(subscriber, new IllegalStateException("the share signals have one reader only"));
                return;
            }
            reader = fresh;
        }
        subscriber.onSubscribe(fresh);
    }

    private void dropOvertaken() {
        Set<String> seen = new HashSet<>();
        Deque<ShareSignal> kept = new ArrayDeque<>();
        waiting.descendingIterator().forEachRemaining(signal -> {
            if (seen.add(kind(signal) + signal.id())) {
                kept.addFirst(signal);
            }
        });
        waiting.clear();
        waiting.addAll(kept);
    }

    /** A share's degradation and progress say nothing about whether it is lost, stalled or recovered. */
    private static String kind(ShareSignal signal) {
        boolean state = !(signal instanceof ShareSignal.Degraded || signal instanceof ShareSignal.Progress);
        return state ? "state " : signal.getClass().getSimpleName() + " ";
    }

    private synchronized void drain() {
        if (!draining && reader != null && reader.demand > 0 && !waiting.isEmpty()) {
            draining = true;
            worker.execute(this::deliver);
        }
    }

    private void deliver() {
        while (true) {
            Reader to;
            ShareSignal signal;
            synchronized (this) {
                to = reader;
                if (to == null || to.demand == 0 || waiting.isEmpty()) {
                    draining = false;
                    return;
                }
                to.demand -= to.demand == Long.MAX_VALUE ? 0 : 1;
                signal = waiting.remove();
            }
            try {
                to.subscriber.onItem(signal);
            } catch (RuntimeException e) {
                CubeFsLog.LOG.signalReaderFailed(e);
            }
        }
    }

    /** Guarded by the outer object's lock. */
    private final class Reader implements Flow.Subscription {

        private final MultiSubscriber<? super ShareSignal> subscriber;
        private long demand;

        Reader(MultiSubscriber<? super ShareSignal> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long n) {
            if (n <= 0) {
                cancel();
                subscriber.onFailure(Subscriptions.getInvalidRequestException());
                return;
            }
            synchronized (ShareSignals.this) {
                demand = Subscriptions.add(demand, n);
            }
            drain();
        }

        @Override
        public void cancel() {
            synchronized (ShareSignals.this) {
                if (reader == this) {
                    reader = null;
                }
            }
        }
    }
}
