package io.heddle.stream;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Runs tasks one after another without a thread of its own: on the thread that brings a task, or on the one that is at it
 * already. So what the tasks touch needs no lock, and a task that brings another one does not recurse.
 */
final class SerialLoop {

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger work = new AtomicInteger();
    private final Runnable afterTasks;
    private final Consumer<Throwable> onFailure;

    /**
     * @param afterTasks runs whenever no task is waiting
     * @param onFailure what to do when a task throws
     */
    SerialLoop(Runnable afterTasks, Consumer<Throwable> onFailure) {
        this.afterTasks = afterTasks;
        this.onFailure = onFailure;
    }

    void run(Runnable task) {
        tasks.add(task);
        wake();
    }

    /** Has {@code afterTasks} run. */
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

    /** An Error too is reported: otherwise the loop would count as busy for ever and run nothing more. */
    private void round() {
        try {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
            afterTasks.run();
        } catch (Throwable e) {
            onFailure.accept(e);
        }
    }
}
