package io.heddle.nats;

import static io.heddle.nats.NatsLog.LOG;

import io.heddle.nats.NatsConnection.Listener;
import io.heddle.nats.NatsState.Phase;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** The state of the connection: notifies listeners of each change, in order, and the callers that wait for the first connection. Thread-safe. */
final class ConnectionState {

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Set<Caller> waiting = ConcurrentHashMap.newKeySet();
    private volatile NatsState state = NatsState.INITIAL;

    /** A caller that waits; its identity is its equality. */
    private static final class Caller extends CompletableFuture<Void> {}

    NatsState get() {
        return state;
    }

    /** {@link Phase#CLOSED} is final. */
    void change(UnaryOperator<NatsState> step) {
        synchronized (this) {
            NatsState next = step.apply(state);
            if (!next.equals(state) && state.phase() != Phase.CLOSED) {
                state = next;
                listeners.forEach(listener -> call(listener, next));
            }
        }
        if (state.phase() != Phase.CONNECTING) {
            waiting.forEach(caller -> caller.complete(null));
        }
    }

    synchronized Runnable listen(Listener listener) {
        listeners.add(listener);
        call(listener, state);
        return () -> listeners.remove(listener);
    }

    void clearListeners() {
        listeners.clear();
    }

    /** Completes when a first connection was made, the connection was closed, or the time has passed. */
    CompletableFuture<Void> first(Duration timeout) {
        Caller caller = new Caller();
        var unused = caller.completeOnTimeout(null, timeout.toNanos(), TimeUnit.NANOSECONDS)
                .whenComplete((nothing, failure) -> waiting.remove(caller));
        waiting.add(caller);
        if (state.phase() != Phase.CONNECTING) {
            caller.complete(null);
        }
        return caller;
    }

    private static void call(Listener listener, NatsState state) {
        try {
            listener.changed(state);
        } catch (RuntimeException e) {
            LOG.listenerFailed(e);
        }
    }
}
