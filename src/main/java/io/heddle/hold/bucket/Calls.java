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
 * The calls under way. Closing ends every one of them at once. A call that nobody waits for any more (cancelled, or closed)
 * still runs to its end, because its write may be on the wire; what it then brings is handed back to be undone.
 */
public final class Calls {

    private final Set<Call<?>> underWay = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * Runs a call.
     *
     * @param unwanted gets the answer when it comes and nobody waits for it
     */
    public <T> Uni<T> run(Supplier<Uni<T>> work, Consumer<? super T> unwanted) {
        return Uni.createFrom().emitter(emitter -> new Call<T>(emitter, unwanted).start(work));
    }

    public <T> Uni<T> run(Supplier<Uni<T>> work) {
        return run(work, answer -> {});
    }

    /**
     * The same for work that mostly waits, and is cancelled when nobody waits for it any more.
     *
     * @param unwanted gets the answer that came in that very moment
     */
    public <T> Uni<T> runCancellable(Supplier<Uni<T>> work, Consumer<? super T> unwanted) {
        return Uni.createFrom().emitter(emitter -> {
            Call<T> call = new Call<>(emitter, unwanted);
            call.cancelWork = true;
            call.start(work);
        });
    }

    public <T> Uni<T> runCancellable(Supplier<Uni<T>> work) {
        return runCancellable(work, answer -> {});
    }

    /** Fails every call under way, and every later one, with {@link HoldsClosedException}. */
    public void close() {
        closed = true;
        underWay.forEach(call -> call.fail(new HoldsClosedException()));
    }

    public boolean isClosed() {
        return closed;
    }

    private final class Call<T> implements UniSubscriber<T> {
        private final UniEmitter<? super T> emitter;
        private final Consumer<? super T> unwanted;
        private final AtomicBoolean done = new AtomicBoolean();
        private boolean cancelWork;
        private volatile @Nullable UniSubscription running;

        Call(UniEmitter<? super T> emitter, Consumer<? super T> unwanted) {
            this.emitter = emitter;
            this.unwanted = unwanted;
        }

        void start(Supplier<Uni<T>> work) {
            underWay.add(this);
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
                unwanted.accept(answer);
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
            underWay.remove(this);
            boolean first = done.compareAndSet(false, true);
            UniSubscription work = running;
            if (first && cancelWork && work != null) {
                work.cancel();
            }
            return first;
        }
    }
}
