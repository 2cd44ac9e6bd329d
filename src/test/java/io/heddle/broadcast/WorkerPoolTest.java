package io.heddle.broadcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkerPoolTest {

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final WorkerPool pool = new WorkerPool(threads, timer, 2);

    @AfterEach
    void end() {
        threads.shutdownNow();
        timer.shutdownNow();
    }

    @Test
    void runsEveryTaskOnAFewThreads() {
        AtomicInteger ran = new AtomicInteger();
        AtomicInteger atOnce = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        for (int i = 0; i < 100_000; i++) {
            pool.execute(() -> {
                most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                ran.incrementAndGet();
                atOnce.decrementAndGet();
            });
        }

        await().until(() -> ran.get() == 100_000);
        assertThat(ran).hasValue(100_000);
        assertThat(most.get()).isPositive();
    }

    @Test
    void tasksThatBlockAreLeftAloneAndTheOthersGoOn() {
        CountDownLatch free = new CountDownLatch(1);
        Set<Thread> blocked = ConcurrentHashMap.newKeySet();
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 5; i++) {
            pool.execute(() -> {
                blocked.add(Thread.currentThread());
                try {
                    free.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                ran.incrementAndGet();
            });
        }
        pool.execute(ran::incrementAndGet);

        await().until(() -> ran.get() == 1);
        assertThat(blocked).hasSize(5);
        free.countDown();
        await().until(() -> ran.get() == 6);
        pool.execute(ran::incrementAndGet);
        await().until(() -> ran.get() == 7);
    }
}
