package io.heddle.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls on an event loop while the process of the broker is stopped. */
@Timeout(120)
class StoppedBrokerTest {

    private static final int CALLS = 20_000;
    private static final int BURST = 100;
    private static final Duration TIMEOUT = Duration.ofSeconds(3);
    private static final Duration STALL = Duration.ofMillis(50);
    private static final byte[] BODY = new byte[1_000];

    private final NatsServer server = NatsServer.started();
    private final NatsConnection connection =
            new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", server.url())), null);
    private final Vertx vertx = Vertx.vertx();
    private final Context eventLoop = vertx.getOrCreateContext();

    /**
     * The calls of one run.
     *
     * @param stalls how many calls took {@link #STALL} or longer, with all pauses of the machine
     * @param waited the longest time that the event loop was blocked or waiting in one burst of calls
     * @param slowest the longest time from a call to its end, in nanoseconds
     */
    private record Run(List<CompletableFuture<?>> calls, int stalls, Duration waited, AtomicLong slowest) {}

    @AfterEach
    void end() {
        connection.close();
        server.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void neverBlocksAnEventLoopAndEveryCallEndsInItsTimeout() {
        connection.start();
        await().until(() -> connection.state().isConnected());
        Run idle = run();
        idle.calls().forEach(call -> assertThat(call).failsWithin(TIMEOUT.plusSeconds(2)));

        server.freeze();
        Run stopped;
        try {
            stopped = run();
            stopped.calls().forEach(call -> assertThat(call)
                    .failsWithin(TIMEOUT.plusSeconds(2))
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOf(BrokerException.class));
        } finally {
            server.thaw();
        }

        // The idle broker answers at once: its slowest call shows how slow this machine is at the moment.
        assertThat(Duration.ofNanos(stopped.slowest().get() - idle.slowest().get()))
                .isLessThan(TIMEOUT.multipliedBy(2));
        assertThat(stopped.waited()).isLessThan(STALL);
        assertThat(stopped.stalls()).as("calls longer than " + STALL).isLessThan(CALLS / 1000 + idle.stalls());
    }

    @Test
    void refusesARequestBeyondTheLimitAtOnce() {
        Duration longTimeout = Duration.ofMinutes(1);
        List<CompletableFuture<?>> calls = new ArrayList<>();
        connection.start();
        await().until(() -> connection.state().isConnected());

        server.freeze();
        try {
            while (calls.size() < Outbox.LIMIT) {
                calls.add(connection.request("none", null, new byte[0], longTimeout));
            }

            assertThat(connection.request("none", null, new byte[0], longTimeout))
                    .failsWithin(Duration.ZERO)
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOf(NatsUnavailableException.class)
                    .withMessageContaining("does not keep up");
            assertThat(calls).noneMatch(CompletableFuture::isDone);
        } finally {
            server.thaw();
        }
    }

    private Run run() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        threads.setThreadContentionMonitoringEnabled(true);
        List<CompletableFuture<?>> calls = new ArrayList<>();
        AtomicLong slowest = new AtomicLong();
        int stalls = 0;
        long waited = 0;
        while (calls.size() < CALLS) {
            CompletableFuture<long[]> burst = new CompletableFuture<>();
            eventLoop.runOnContext(nothing -> {
                long stalled = 0;
                long before = waitedMillis(threads);
                for (int i = 0; i < BURST; i++) {
                    long begin = System.nanoTime();
                    CompletableFuture<?> call = connection.request("none", null, BODY, TIMEOUT);
                    stalled += System.nanoTime() - begin < STALL.toNanos() ? 0 : 1;
                    calls.add(call.whenComplete(
                            (answer, failure) -> slowest.accumulateAndGet(System.nanoTime() - begin, Math::max)));
                }
                burst.complete(new long[] {stalled, waitedMillis(threads) - before});
            });
            long[] measured = burst.join();
            stalls += (int) measured[0];
            waited = Math.max(waited, measured[1]);
        }
        return new Run(calls, stalls, Duration.ofMillis(waited), slowest);
    }

    private static long waitedMillis(ThreadMXBean threads) {
        ThreadInfo self = threads.getThreadInfo(Thread.currentThread().getId());
        return self.getBlockedTime() + self.getWaitedTime();
    }
}
