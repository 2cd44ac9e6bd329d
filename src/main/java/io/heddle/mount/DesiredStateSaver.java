package io.heddle.mount;

import static io.heddle.mount.MountLog.LOG;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.Executor;
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
    private boolean writing;

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
        synchronized (this) {
            if (writing) {
                return;
            }
            writing = true;
        }
        worker.execute(this::write);
    }

    private void write() {
        while (true) {
            List<DesiredShare> state = next.getAndSet(null);
            if (state != null) {
                try {
                    file.save(state);
                } catch (UncheckedIOException e) {
                    LOG.stateNotSaved(e);
                }
                continue;
            }
            synchronized (this) {
                if (next.get() == null) {
                    writing = false;
                    return;
                }
            }
        }
    }
}
