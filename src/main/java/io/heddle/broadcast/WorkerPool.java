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
 * Runs very many short tasks on a few threads of another executor: handing each of them to a pool of its own accord would cost
 * ten times what the task does. Some may block nevertheless: a thread that has been at one task for two looks is left to it,
 * and another one takes its place. Thread-safe.
 */
public final class WorkerPool implements Executor {

    private static final long LOOK_MILLIS = 20;

    private final Executor threads;
    private final ScheduledExecutorService timer;
    private final int size;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Set<Hand> hands = ConcurrentHashMap.newKeySet();
    private final AtomicInteger working = new AtomicInteger();
    private final AtomicBoolean looking = new AtomicBoolean();

    /**
     * @param threads lends its threads, more than {@code size} when tasks block
     * @param timer looks after them while there is work
     * @param size how many work at once while none of them blocks
     */
    public WorkerPool(Executor threads, ScheduledExecutorService timer, int size) {
        this.threads = threads;
        this.timer = timer;
        this.size = size;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        callHands();
    }

    /** Tasks are in the queue before this is called, and a hand leaves before it looks at the queue once more. */
    private void callHands() {
        int now = working.get();
        while (now < size && !tasks.isEmpty()) {
            if (working.compareAndSet(now, now + 1)) {
                Hand hand = new Hand();
                hands.add(hand);
                try {
                    threads.execute(hand);
                } catch (RejectedExecutionException e) {
                    hand.leave();
                    throw e;
                }
                lookLater();
                return;
            }
            now = working.get();
        }
    }

    private void lookLater() {
        if (looking.compareAndSet(false, true)) {
            try {
                var unused = timer.schedule(this::look, LOOK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                // The process ends.
                looking.set(false);
            }
        }
    }

    private void look() {
        looking.set(false);
        hands.forEach(Hand::lookAt);
        callHands();
        if (!hands.isEmpty()) {
            lookLater();
        }
    }

    private final class Hand implements Runnable {

        private final AtomicBoolean left = new AtomicBoolean();
        private volatile int done;
        private int seen = -1;

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
        public void run() {
            try {
                for (Runnable task = tasks.poll(); task != null; task = left.get() ? null : tasks.poll()) {
                    task.run();
                    done++;
                }
            } finally {
                leave();
                callHands();
            }
        }

        void lookAt() {
            int now = done;
            if (now == seen) {
                leave();
            }
            seen = now;
        }

        void leave() {
            if (left.compareAndSet(false, true)) {
                working.decrementAndGet();
                hands.remove(this);
            }
        }
    }
}
