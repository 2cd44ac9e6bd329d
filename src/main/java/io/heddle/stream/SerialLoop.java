package io.heddle.stream;

import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Runs tasks one after another without a thread of its own: on the thread that submits a task, or on the one that already runs
 * tasks. So the state that tasks use needs no lock, and a task that submits another one does not recurse.
 */
final class SerialLoop {

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger work = new AtomicInteger();
    private final Runnable afterTasks;
    private final Consumer<Throwable> onFailure;

    /**
     * @param afterTasks runs after the tasks, whenever none is left
     * @param onFailure receives what a task threw; the loop goes on
     */
    SerialLoop(Runnable afterTasks, Consumer<Throwable> onFailure) {
        this.afterTasks = afterTasks;
        this.onFailure = onFailure;
    }

    void run(Runnable task) {
        tasks.add(task);
        wake();
    }

    /** Runs {@code afterTasks}. */
    void wake() {
        if (work.getAndIncrement() != 0) {
            return;
        }
        int missed = 1;
        do {
            round();
            missed = work.addAndGet(-missed);
        } while (missed != 0);
    }

    /** Errors are caught too: otherwise the loop would stay busy and never run another task. */
    private void round() {
        try {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
            afterTasks.run();
        } catch (Throwable e) {
            report(e);
        }
    }

    private void report(Throwable failure) {
        try {
            onFailure.accept(failure);
        } catch (Throwable e) {
            e.addSuppressed(failure);
            Infrastructure.handleDroppedException(e);
        }
    }
}
