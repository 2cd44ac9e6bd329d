package io.heddle.peers;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** Agents that each do something again and again, for a time. No thread waits for an answer unless the client's calls block. */
final class Loop {

    private final IntFunction<? extends CompletionStage<?>> once;
    private final Histogram times = new ConcurrentHistogram(3);
    private final CountDownLatch ended;
    private final AtomicReference<Throwable> failed = new AtomicReference<>();
    private final long end;

    private Loop(int agents, Duration time, IntFunction<? extends CompletionStage<?>> once) {
        this.once = once;
        this.ended = new CountDownLatch(agents);
        this.end = System.nanoTime() + time.toNanos();
    }

    /**
     * Runs them.
     *
     * @param once what an agent does next; null when it has nothing more to do
     * @return how often in a second all of them together did it, then the median and the 99th percentile of how long it took, in
     *     milliseconds; throws what one of them failed with
     */
    static double[] run(int agents, Duration time, IntFunction<? extends CompletionStage<?>> once)
            throws InterruptedException {
        Loop loop = new Loop(agents, time, once);
        long began = System.nanoTime();
        for (int agent = 0; agent < agents; agent++) {
            loop.next(agent);
        }
        boolean finished = loop.ended.await(time.plus(Servers.PATIENCE).toMillis(), TimeUnit.MILLISECONDS);
        if (loop.failed.get() != null || !finished) {
            throw new IllegalStateException("a call failed or was not answered", loop.failed.get());
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        return new double[] {loop.times.getTotalCount() / seconds, loop.milliseconds(50), loop.milliseconds(99)};
    }

    private double milliseconds(double percentile) {
        return times.getValueAtPercentile(percentile) / 1e6;
    }

    private void next(int agent) {
        long began = System.nanoTime();
        CompletionStage<?> call = began - end < 0 && failed.get() == null ? once.apply(agent) : null;
        if (call == null) {
            ended.countDown();
            return;
        }
        var unused = call.whenComplete((answer, failure) -> {
            if (failure == null) {
                times.recordValue(System.nanoTime() - began);
            } else {
                failed.compareAndSet(null, failure);
            }
            next(agent);
        });
    }
}
