package io.heddle.mount.node;

import static io.heddle.mount.node.MountLog.LOG;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Writes the wanted state to disk without making anybody wait: one write at a time, and of several states that came meanwhile
 * only the newest. Thread-safe.
 */
final class DesiredStateSaver {

    private final DesiredStateFile file;
    private final Executor worker;
    private final AtomicReference<@Nullable List<DesiredShare>> next = new AtomicReference<>();
    private final AtomicBoolean due = new AtomicBoolean();

    DesiredStateSaver(DesiredStateFile file, Executor worker) {
        this.file = file;
        this.worker = worker;
    }

    /** Makes the directory and reads what earlier runs left. Blocking. */
    List<DesiredShare> open() {
        file.prepare();
        return file.load();
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
        } catch (RuntimeException e) {
            // It stays the next to be written, unless a newer one has come.
            next.compareAndSet(null, state);
            LOG.stateNotSaved(e);
        }
    }
}
