package io.heddle.hold.event;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.operators.AbstractMulti;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import io.smallrye.mutiny.subscription.SwitchableSubscriptionSubscriber;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A stream, and when it completes the next one, as long as there is one. Unlike Mutiny's concatenation it joins a stream at
 * once and not when something is requested: a subscriber that never requests must still be seen to fall behind.
 */
final class ChainedMulti<T> extends AbstractMulti<T> {

    private final Multi<T> first;
    private final Supplier<@Nullable Multi<T>> next;

    /** @param next gives the one to go on with, or null to complete */
    ChainedMulti(Multi<T> first, Supplier<@Nullable Multi<T>> next) {
        this.first = first;
        this.next = next;
    }

    @Override
    public void subscribe(MultiSubscriber<? super T> downstream) {
        Walk<T> walk = new Walk<>(downstream, next);
        downstream.onSubscribe(walk);
        walk.join(first);
    }

    private static final class Walk<T> extends SwitchableSubscriptionSubscriber<T> {
        private final Supplier<@Nullable Multi<T>> next;
        /** Completions not yet followed by the next stream: one that completes at once must not recurse. */
        private final AtomicInteger completions = new AtomicInteger();

        private long delivered;

        Walk(MultiSubscriber<? super T> downstream, Supplier<@Nullable Multi<T>> next) {
            super(downstream);
            this.next = next;
        }

        void join(Multi<T> stream) {
            stream.subscribe().withSubscriber(this);
        }

        @Override
        public void onItem(T item) {
            delivered++;
            downstream.onItem(item);
        }

        @Override
        public void onCompletion() {
            if (completions.getAndIncrement() != 0) {
                return;
            }
            do {
                Multi<T> following = isCancelled() ? null : next.get();
                if (following == null) {
                    super.onCompletion();
                    return;
                }
                long count = delivered;
                delivered = 0;
                if (count != 0) {
                    emitted(count);
                }
                join(following);
            } while (completions.decrementAndGet() != 0);
        }
    }
}
