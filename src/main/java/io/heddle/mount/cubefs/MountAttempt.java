package io.heddle.mount.cubefs;

import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One subscription to a mount. Either its subscriber cancels it or the worker commits it, whichever comes first, so that a
 * cancelled mount is always undone and a finished one never.
 */
final class MountAttempt {

    private enum State {
        RUNNING,
        COMMITTED,
        CANCELLED
    }

    private final AtomicReference<State> state = new AtomicReference<>(State.RUNNING);

    void cancel() {
        state.compareAndSet(State.RUNNING, State.CANCELLED);
    }

    boolean isCancelled() {
        return state.get() == State.CANCELLED;
    }

    /** @throws CancellationException when the subscriber cancelled, or the worker thread is being stopped */
    void check() {
        if (isCancelled() || Thread.currentThread().isInterrupted()) {
            throw new CancellationException("the mount was cancelled");
        }
    }

    /** The last step of a mount; a {@link CancellationException} when the subscriber cancelled before. */
    void commit() {
        if (!state.compareAndSet(State.RUNNING, State.COMMITTED)) {
            throw new CancellationException("the mount was cancelled");
        }
    }
}
