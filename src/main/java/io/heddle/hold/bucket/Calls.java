package io.heddle.hold.bucket;

import io.heddle.hold.HoldsClosedException;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.smallrye.mutiny.subscription.UniSubscriber;
import io.smallrye.mutiny.subscription.UniSubscription;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls in progress. Closing ends all of them at once. A call that was cancelled or closed still runs to its end, because its
 * write may be on the wire; its result is then passed on to be rolled back.
 */
public final class Calls {

    private final Set<Call<?>> inProgress = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * Runs a call.
     *
     * @param dropped receives the result of a call that was cancelled or closed
     */
    public <T> Uni<T> run(Supplier<Uni<T>> work, Consumer<? super T> dropped) {
        return Uni.createFrom().emitter(emitter -> new Call<T>(emitter, dropped).start(work));
    }

    public <T> Uni<T> run(Supplier<Uni<T>> work) {
        return run(work, answer -> {});
    }

    /**
     * The same for work that mostly waits; it is cancelled with the call.
     *
     * @param dropped receives a result that crosses the cancellation
     */
    public <T> Uni<T> runCancellable(Supplier<Uni<T>> work, Consumer<? super T> dropped) {
        return Uni.createFrom().emitter(emitter -> {
            Call<T> call = new Call<>(emitter, dropped);
            call.cancelWork = true;
            call.start(work);
        });
    }

    public <T> Uni<T> runCancellable(Supplier<Uni<T>> work) {
        return runCancellable(work, answer -> {});
    }

    /** Fails every call in progress, and every later one, with {@link HoldsClosedException}. */
    public void close() {
        closed = true;
        inProgress.forEach(call -> call.fail(new HoldsClosedException()));
    }

    public boolean isClosed() {
        return closed;
    }

    private final class Call<T> implements UniSubscriber<T> {
        private final UniEmitter<? super T> emitter;
        private final Consumer<? super T> dropped;
        private final AtomicBoolean done = new AtomicBoolean();
        private boolean cancelWork;
        private volatile @Nullable UniSubscription running;

        Call(UniEmitter<? super T> emitter, Consumer<? super T> dropped) {
            this.emitter = emitter;
            this.dropped = dropped;
        }

        void start(Supplier<Uni<T>> work) {
            inProgress.add(this);
            emitter.onTermination(this::end);
            if (closed) {
                fail(new HoldsClosedException());
                return;
            }
            Uni<T> begun;
            try {
                begun = work.get();
            } catch (RuntimeException e) {
                fail(e);
                return;
            }
            begun.subscribe().withSubscriber(this);
        }

        @Override
        public void onSubscribe(UniSubscription subscription) {
            running = subscription;
            if (cancelWork && done.get()) {
                subscription.cancel();
            }
        }

        @Override
        public void onItem(T answer) {
            if (end()) {
                emitter.complete(answer);
            } else {
                dropped.accept(answer);
            }
        }

        @Override
        public void onFailure(Throwable failure) {
            fail(failure);
        }

        private void fail(Throwable failure) {
            if (end()) {
                emitter.fail(failure);
            }
        }

        private boolean end() {
            inProgress.remove(this);
            boolean first = done.compareAndSet(false, true);
            UniSubscription work = running;
            if (first && cancelWork && work != null) {
                work.cancel();
            }
            return first;
        }
    }
}
