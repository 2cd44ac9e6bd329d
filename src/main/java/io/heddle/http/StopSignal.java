package io.heddle.http;

import io.heddle.hold.HoldsClosedException;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Ends what would last longer than the stop of the service: event streams and waiting calls. A stop has these steps:
 *
 * <pre>
 * SIGTERM                          readiness is down, answers have "Connection: close"
 *   | quarkus.shutdown.delay       balancers stop sending; requests are still served
 * this signal                      event streams and waits end
 *   | at most quarkus.shutdown.timeout
 * the last request has ended       the server closes
 * </pre>
 *
 * The signal comes after the delay, because clients reconnect at once and would otherwise reach this process again. It needs
 * {@code quarkus.shutdown.delay-enabled} and {@code quarkus.shutdown.timeout}. Thread-safe.
 */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public final class StopSignal {

    private final Duration delay;
    private final Set<Runnable> actions = ConcurrentHashMap.newKeySet();
    private volatile boolean given;

    @Inject
    StopSignal(@ConfigProperty(name = "quarkus.shutdown.delay") Optional<Duration> delay) {
        this(delay.orElse(Duration.ZERO));
    }

    /** @param delay from the begin of the stop to this signal */
    public StopSignal(Duration delay) {
        this.delay = delay;
    }

    /** Gives the signal after the delay, on another thread; without a delay, before it returns. */
    public void stop(@Observes ShutdownDelayInitiatedEvent event) {
        Executor later = delay.isZero()
                ? Runnable::run
                : CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS);
        later.execute(() -> {
            given = true;
            actions.forEach(this::act);
        });
    }

    /**
     * Runs an action at the signal, once; at once if the signal was given already.
     *
     * @param action must not block, throw, or equal another action
     * @return removes the action
     */
    public Runnable onStop(Runnable action) {
        actions.add(action);
        if (given) {
            act(action);
        }
        return () -> actions.remove(action);
    }

    /** Returns the call, which is cancelled at the signal and then fails with {@link HoldsClosedException}. */
    public <T> Uni<T> limit(Uni<T> call) {
        Uni<T> stopped = Uni.createFrom()
                .emitter(emitter -> emitter.onTermination(onStop(() -> emitter.fail(new HoldsClosedException()))));
        return Uni.combine().any().of(call, stopped);
    }

    private void act(Runnable action) {
        if (actions.remove(action)) {
            action.run();
        }
    }
}
