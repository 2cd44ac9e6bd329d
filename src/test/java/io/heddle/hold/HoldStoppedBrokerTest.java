package io.heddle.hold;

import static io.heddle.hold.Rig.file;
import static io.heddle.hold.Rig.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testsupport.BareTimer;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class HoldStoppedBrokerTest {

    private static final int CALLS = 20_000;
    private static final int BURST = 50;
    private static final Duration TTL = Duration.ofSeconds(10);

    private final Rig rig = new Rig();
    private final Vertx vertx = Vertx.vertx();
    private final Context eventLoop = vertx.getOrCreateContext();
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

    @AfterEach
    void end() {
        rig.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void blocksNoEventLoopEndsEveryCallAndReportsALostLeaseInTime() throws Exception {
        KvHolds holds = rig.holds("call-timeout", "5s");
        threads.setThreadContentionMonitoringEnabled(true);
        HoldLease lease = get(holds.acquire(new HoldRequest(file("leased"), "anna", TTL)));
        CompletableFuture<Long> lostAt =
                lease.lost().map(lost -> System.nanoTime()).subscribeAsCompletionStage();

        long frozen = System.nanoTime();
        rig.server.freeze();
        try (BareTimer bare = new BareTimer()) {
            List<CompletableFuture<Grant>> calls = new ArrayList<>();
            long longest = 0;
            while (calls.size() < CALLS) {
                longest = Math.max(longest, announceSome(holds, calls));
            }

            assertThat(Duration.ofMillis(longest)).isLessThan(Duration.ofMillis(50));
            for (CompletableFuture<Grant> call : calls) {
                assertThat(call).failsWithin(Duration.ofSeconds(30));
            }
            // The last renewal may have been just before the broker stopped.
            assertThat(Duration.ofNanos(lostAt.get(60, TimeUnit.SECONDS) - frozen))
                    .isLessThan(TTL.plus(bare.longestDelay()));
            assertThat(lease.isInForce()).isFalse();
        } finally {
            rig.server.thaw();
        }
    }

    /** Returns for how many milliseconds the event loop was blocked or waiting. */
    private long announceSome(KvHolds holds, List<CompletableFuture<Grant>> calls) {
        CompletableFuture<Long> done = new CompletableFuture<>();
        eventLoop.runOnContext(nothing -> {
            long before = waitedMillis();
            for (int i = 0; i < BURST; i++) {
                calls.add(holds.announce(new HoldRequest(file("f" + calls.size()), "ben", TTL))
                        .subscribeAsCompletionStage());
            }
            done.complete(waitedMillis() - before);
        });
        return done.join();
    }

    private long waitedMillis() {
        ThreadInfo self = threads.getThreadInfo(Thread.currentThread().getId());
        return self.getBlockedTime() + self.getWaitedTime();
    }
}
