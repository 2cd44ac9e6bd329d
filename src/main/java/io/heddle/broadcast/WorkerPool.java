package io.heddle.broadcast;

import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs very many short tasks on a few threads of another executor; submitting each task to that executor would cost ten times
 * what the task does. A worker that is busy with one task for two checks in a row counts as blocked and is replaced.
 * Thread-safe.
 */
public final class WorkerPool implements Executor {

    private static final long CHECK_MILLIS = 20;

    private final Executor threads;
    private final ScheduledExecutorService timer;
    private final int size;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Set<Worker> workers = ConcurrentHashMap.newKeySet();
    private final AtomicInteger working = new AtomicInteger();
    private final AtomicBoolean checkScheduled = new AtomicBoolean();

    /**
     * @param threads runs the workers, more than {@code size} when tasks block
     * @param timer checks the workers while there are tasks
     * @param size how many workers run while none of them is blocked
     */
    public WorkerPool(Executor threads, ScheduledExecutorService timer, int size) {
        this.threads = threads;
        this.timer = timer;
        this.size = size;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        startWorker();
    }

    /** A task is queued before this is called, and a worker that stops calls this after its last look at the queue. */
    private void startWorker() {
        int now = working.get();
        while (now < size && !tasks.isEmpty()) {
            if (working.compareAndSet(now, now + 1)) {
                Worker worker = new Worker();
                workers.add(worker);
                try {
                    threads.execute(worker);
                } catch (RejectedExecutionException e) {
                    worker.stop();
                    throw e;
                }
                scheduleCheck();
                return;
            }
            now = working.get();
        }
    }

    private void scheduleCheck() {
        if (checkScheduled.compareAndSet(false, true)) {
            try {
                var unused = timer.schedule(this::check, CHECK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                // The process is shutting down.
                checkScheduled.set(false);
            }
        }
    }

    private void check() {
        checkScheduled.set(false);
        workers.forEach(Worker::check);
        startWorker();
        if (!workers.isEmpty()) {
            scheduleCheck();
        }
    }

    private final class Worker implements Runnable {
        private final AtomicBoolean stopped = new AtomicBoolean();
        private volatile int done;
        private int doneAtLastCheck = -1;

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // written by one thread
        public void run() {
            try {
                for (Runnable task = tasks.poll(); task != null; task = stopped.get() ? null : tasks.poll()) {
                    task.run();
                    done++;
                }
            } finally {
                stop();
                startWorker();
            }
        }

        void check() {
            int now = done;
            if (now == doneAtLastCheck) {
                stop();
            }
            doneAtLastCheck = now;
        }

        void stop() {
            if (stopped.compareAndSet(false, true)) {
                working.decrementAndGet();
                workers.remove(this);
            }
        }
    }
}
