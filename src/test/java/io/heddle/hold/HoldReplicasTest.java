package io.heddle.hold;

import static io.heddle.hold.Rig.TTL;
import static io.heddle.hold.Rig.failure;
import static io.heddle.hold.Rig.file;
import static io.heddle.hold.Rig.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.nats.StreamNotFoundException;
import io.heddle.stream.clock.BrokerClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Replicas of the API: a hold lives in the bucket, and not in the process that it was asked of. */
class HoldReplicasTest {

    private static final Duration FIRST_INTERVAL = Duration.ofSeconds(10);

    private final Rig rig = new Rig();

    @AfterEach
    void end() {
        rig.close();
    }

    @Test
    void moreReplicasThanServersAreReportedAtGrowingIntervalsWithTheRemedy() {
        List<LogRecord> errors = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                if (line.getLevel().intValue() >= Level.SEVERE.intValue()) {
                    errors.add(line);
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("io.heddle.hold");
        logger.addHandler(handler);
        try {
            AtomicLong ahead = new AtomicLong();
            BrokerClock clock = new BrokerClock(
                    () -> System.nanoTime() + ahead.get(), System::currentTimeMillis, Duration.ofMillis(50));
            KvHolds holds = rig.unready(clock, "replicas", "3", "calibration-interval", "250ms");

            await().until(() -> holds.status().warning().isPresent());
            assertThat(holds.status().warning().orElseThrow())
                    .contains("heddle.holds.replicas=3 needs as many servers with JetStream");
            await().during(Duration.ofSeconds(3)).until(() -> errors.size() == 1);
            assertThat(errors.get(0).getThrown()).isNull();
            ahead.addAndGet(FIRST_INTERVAL.toNanos());
            await().until(() -> errors.size() == 2);
            ahead.addAndGet(FIRST_INTERVAL.toNanos());
            await().during(Duration.ofSeconds(3)).until(() -> errors.size() == 2);
            ahead.addAndGet(FIRST_INTERVAL.toNanos());
            await().until(() -> errors.size() == 3);
            assertThat(failure(holds.probe())).isInstanceOf(StreamNotFoundException.class);

            rig.makeBucket(Duration.ofMinutes(5));
            await().until(() -> holds.status().ready());
            assertThat(holds.status().warning()).isEmpty();
        } finally {
            logger.removeHandler(handler);
        }
    }

    @Test
    void aHoldOutlivesTheReplicaThatGrantedIt() {
        KvHolds leaving = rig.holds();
        KvHolds staying = rig.holds();
        Grant granted = get(leaving.announce(new HoldRequest(file("x"), "a", TTL)));

        leaving.close();

        assertThat(failure(staying.announce(new HoldRequest(file("x"), "b", TTL))))
                .isInstanceOf(HeldByAnotherException.class);
        KvHolds restarted = rig.holds();
        assertThat(get(restarted.list(HoldFilter.ALL))).extracting(Hold::token).containsExactly(granted.token());
        assertThat(failure(restarted.announce(new HoldRequest(file("x"), "b", TTL))))
                .isInstanceOf(HeldByAnotherException.class);
        Grant renewed = get(restarted.announce(new HoldRequest(file("x"), "a", TTL)));
        assertThat(renewed.token()).isEqualTo(granted.token());
        assertThat(renewed.hold().endsAt()).isAfter(granted.hold().endsAt());
    }
}
