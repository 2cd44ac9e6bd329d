package io.heddle.nats;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Reconnects when answers no longer arrive on a connection that seems to be alive: the broker is stopped, or it dropped the
 * subscription to the answers together with its permission. The broker does not restore that subscription with the permission;
 * only a reconnect does. Reconnects are at growing intervals. Thread-safe.
 *
 * <pre>
 *             no answer for 5 s                       probe without an answer
 * answering ---------------------> probe after 1..16 s ----------------------> reconnect
 *     ^  |                              ^   |                                   |  ^
 *     |  |                              |   | any answer                        |  | after 1..16 s
 *     |  |                              +---|-----------------------------------+  |
 *     |  +--------------------------------- | -------------------------------------+
 *     |        subscription dropped         |
 *     +-------------------------------------+
 * </pre>
 */
final class ReplyMonitor {

    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);
    private static final int MOST_DOUBLINGS = 4; // 1 s to 16 s
    private static final long NEVER = Long.MIN_VALUE;

    private final Supplier<CompletableFuture<?>> probe;
    private final Runnable reconnect;
    private final AtomicLong missingSince = new AtomicLong(NEVER);
    private final AtomicInteger attempts = new AtomicInteger();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private volatile boolean dropped;
    private volatile boolean closed;

    /**
     * @param probe sends a request to the broker itself
     * @param reconnect does nothing while there is no connection; may block
     */
    ReplyMonitor(Supplier<CompletableFuture<?>> probe, Runnable reconnect) {
        this.probe = probe;
        this.reconnect = reconnect;
    }

    /** An answer arrived. */
    void arrived() {
        if (missingSince.get() != NEVER && !dropped) {
            missingSince.set(NEVER);
            attempts.set(0);
        }
    }

    /** A request ended without an answer. */
    void missing(long start) {
        missingSince.compareAndSet(NEVER, start);
        if (missingNanos() >= PATIENCE) {
            schedule();
        }
    }

    /** The broker dropped the subscription to the answers. */
    void dropped() {
        dropped = true;
        missingSince.compareAndSet(NEVER, System.nanoTime() - PATIENCE);
        schedule();
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

    void close() {
        closed = true;
    }

    private void schedule() {
        if (!closed && scheduled.compareAndSet(false, true)) {
            long seconds = 1L << Math.min(attempts.getAndIncrement(), MOST_DOUBLINGS);
            // A thread of its own, because a reconnect blocks.
            CompletableFuture.delayedExecutor(
                            seconds, TimeUnit.SECONDS, task -> new Thread(task, "heddle-nats-reconnect").start())
                    .execute(this::check);
        }
    }

    private void check() {
        if (dropped || !isAnswered()) {
            dropped = false;
            reconnect.run();
        }
        scheduled.set(false);
        if (missingNanos() >= PATIENCE) {
            schedule();
        }
    }

    /** A refusal counts too: whether other answers arrive cannot be found out without the permission to ask. */
    private boolean isAnswered() {
        if (missingNanos() < PATIENCE) {
            return true;
        }
        try {
            probe.get().join();
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof NotPermittedException)) {
                return missingNanos() < PATIENCE;
            }
        }
        arrived();
        return true;
    }
}
