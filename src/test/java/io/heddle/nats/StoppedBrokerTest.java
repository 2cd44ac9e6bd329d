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
     * @param longest the longest time that a call took, with all pauses of the machine
     * @param waited how long the event loop was blocked or waiting while it made the calls
     */
    private record Run(List<CompletableFuture<?>> calls, Duration longest, Duration waited) {}

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

        long start = System.nanoTime();
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

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(TIMEOUT.plusSeconds(2));
        assertThat(stopped.waited()).isLessThan(STALL);
        assertThat(stopped.longest()).isLessThan(STALL.plus(idle.longest()));
    }

    private Run run() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        threads.setThreadContentionMonitoringEnabled(true);
        List<CompletableFuture<?>> calls = new ArrayList<>();
        long longest = 0;
        long waited = 0;
        while (calls.size() < CALLS) {
            CompletableFuture<long[]> burst = new CompletableFuture<>();
            eventLoop.runOnContext(nothing -> {
                long most = 0;
                long before = waitedMillis(threads);
                for (int i = 0; i < BURST; i++) {
                    long begin = System.nanoTime();
                    calls.add(connection.request("none", null, BODY, TIMEOUT));
                    most = Math.max(most, System.nanoTime() - begin);
                }
                burst.complete(new long[] {most, waitedMillis(threads) - before});
            });
            long[] measured = burst.join();
            longest = Math.max(longest, measured[0]);
            waited += measured[1];
        }
        return new Run(calls, Duration.ofNanos(longest), Duration.ofMillis(waited));
    }

    private static long waitedMillis(ThreadMXBean threads) {
        ThreadInfo self = threads.getThreadInfo(Thread.currentThread().getId());
        return self.getBlockedTime() + self.getWaitedTime();
    }
}
