package io.heddle.mount.node;

import static io.heddle.mount.node.MountLog.LOG;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Writes the desired state to disk without blocking its caller: one write at a time, of several states only the newest, and a write
 * that failed again until it succeeds. Thread-safe.
 */
final class DesiredStateSaver {

    private static final Duration FIRST_RETRY = Duration.ofMillis(500);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(10);

    private final DesiredStateFile file;
    private final ScheduledExecutorService worker;
    private final AtomicReference<@Nullable List<DesiredShare>> next = new AtomicReference<>();
    private final AtomicBoolean due = new AtomicBoolean();
    private Duration delay = FIRST_RETRY;
    private volatile @Nullable String failure;

    DesiredStateSaver(DesiredStateFile file, ScheduledExecutorService worker) {
        this.file = file;
        this.worker = worker;
    }

    /** Returns why the newest state is not on disk; null when no write has failed since the last that succeeded. */
    @Nullable
    String failure() {
        return failure;
    }

    /** Has this state written soon. */
    void save(List<DesiredShare> state) {
        next.set(state);
        if (due.compareAndSet(false, true)) {
            worker.execute(this::write);
        }
    }

    /** Writes what still waits to be written: for the end, when the worker may not get to it any more. Blocking. */
    void flush() {
        write();
    }

    private synchronized void write() {
        due.set(false);
        List<DesiredShare> state = next.getAndSet(null);
        if (state == null) {
            return;
        }
        try {
            file.save(state);
            delay = FIRST_RETRY;
            failure = null;
        } catch (RuntimeException e) {
            // It stays the next to be written, unless a newer one has come.
            next.compareAndSet(null, state);
            if (failure == null) {
                LOG.stateNotSaved(e);
            }
            failure = String.valueOf(e.getMessage());
            if (due.compareAndSet(false, true)) {
                var unused = worker.schedule(this::write, delay.toMillis(), TimeUnit.MILLISECONDS);
            }
            delay = delay.multipliedBy(2).compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : delay.multipliedBy(2);
        }
    }
}
