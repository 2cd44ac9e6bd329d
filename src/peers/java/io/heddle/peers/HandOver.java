package io.heddle.peers;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * One file that many agents want: each waits, has it for some milliseconds, gives it back and waits again. Measured is from the call that
 * gives it back until the next agent has it. The agents belong to two processes' worth of clients in turn.
 */
final class HandOver implements AutoCloseable {

    private static final Duration WORK = Duration.ofMillis(10);
    private static final String FILE = "/work/module-0/src/Wanted.java";

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final List<LockClient> clients;
    private final Histogram gaps = new ConcurrentHistogram(3);
    private final int[] turns; // each its agent's own
    private volatile long givenBack;

    HandOver(List<LockClient> clients, int agents) {
        this.clients = clients;
        this.turns = new int[agents];
    }

    /** @return the median and 99th percentile in milliseconds, and by how many times the agent with the most turns had more than the one with the fewest */
    double[] run(Duration time) throws InterruptedException {
        Loop.run(turns.length, time, this::turn);
        int most = IntStream.of(turns).max().orElseThrow();
        int fewest = IntStream.of(turns).min().orElseThrow();
        return new double[] {
            gaps.getValueAtPercentile(50) / 1e6,
            gaps.getValueAtPercentile(99) / 1e6,
            (double) most / Math.max(1, fewest)
        };
    }

    private CompletionStage<?> turn(int agent) {
        return clients.get(agent % clients.size()).await(FILE, agent).thenCompose(held -> {
            long given = givenBack;
            if (given != 0) {
                gaps.recordValue(Math.max(0, System.nanoTime() - given));
            }
            turns[agent]++;
            var work = new java.util.concurrent.CompletableFuture<Void>();
            var unused = timer.schedule(() -> work.complete(null), WORK.toMillis(), TimeUnit.MILLISECONDS);
            return work.thenCompose(done -> {
                givenBack = System.nanoTime();
                return held.release();
            });
        });
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
