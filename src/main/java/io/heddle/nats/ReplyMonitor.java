package io.heddle.nats;

import static io.heddle.nats.NatsLog.LOG;

import io.nats.client.Connection;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reconnects when answers no longer arrive on a connection that seems to be alive: because the broker is stopped, or dropped the
 * subscription to the answers together with its permission. The broker does not restore that with the permission; only a
 * reconnect subscribes again. Reconnects are at growing intervals. Thread-safe.
 */
final class ReplyMonitor {

    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);
    private static final int MOST_DOUBLINGS = 4; // 1 s to 16 s
    private static final long NEVER = Long.MIN_VALUE;

    private final Supplier<@Nullable Connection> connection;
    private final AtomicLong missingSince = new AtomicLong(NEVER);
    private final AtomicInteger reconnects = new AtomicInteger();
    private final AtomicBoolean due = new AtomicBoolean();

    /** @param connection gives the current connection; null when there is none to reconnect */
    ReplyMonitor(Supplier<@Nullable Connection> connection) {
        this.connection = connection;
    }

    /** An answer arrived. */
    void arrived() {
        if (missingSince.get() != NEVER) {
            missingSince.set(NEVER);
            reconnects.set(0);
        }
    }

    /** A request ended without an answer. */
    void missing(long start) {
        missingSince.compareAndSet(NEVER, start);
        if (missingNanos() >= PATIENCE) {
            reconnectLater();
        }
    }

    /** The broker dropped the subscription to the answers. */
    void dropped() {
        missingSince.compareAndSet(NEVER, System.nanoTime() - PATIENCE);
        reconnectLater();
    }

    /** Why a connection that seems to be alive cannot be used; empty while answers arrive. */
    Optional<String> error() {
        long missing = missingNanos();
        return missing < PATIENCE
                ? Optional.empty()
                : Optional.of("no request was answered for " + TimeUnit.NANOSECONDS.toSeconds(missing)
                        + " s: check that the broker runs and that this user may subscribe to its inboxes");
    }

    private long missingNanos() {
        long since = missingSince.get();
        return since == NEVER ? 0 : System.nanoTime() - since;
    }

    private void reconnectLater() {
        if (due.compareAndSet(false, true)) {
            long seconds = 1L << Math.min(reconnects.getAndIncrement(), MOST_DOUBLINGS);
            // In a thread of its own: it blocks until the broker is reached.
            CompletableFuture.delayedExecutor(
                            seconds, TimeUnit.SECONDS, task -> new Thread(task, "heddle-nats-reconnect").start())
                    .execute(this::reconnect);
        }
    }

    private void reconnect() {
        due.set(false);
        Connection current = connection.get();
        if (current == null || missingNanos() < PATIENCE) {
            return;
        }
        try {
            LOG.noAnswers();
            current.forceReconnect();
        } catch (IOException | IllegalStateException e) {
            LOG.trouble(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
