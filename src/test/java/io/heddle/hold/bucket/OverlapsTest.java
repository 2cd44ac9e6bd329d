package io.heddle.hold.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldName;
import io.heddle.hold.HoldRequest;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.StreamIdentity;
import io.heddle.stream.StreamSignal;
import io.heddle.stream.clock.BrokerClock;
import io.heddle.stream.kv.KvBucket;
import io.heddle.testsupport.Configs;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Who yields, by the order of the writes and by what the watch has delivered. */
class OverlapsTest {

    private static final Duration TTL = Duration.ofMinutes(1);
    private static final FilePath DIRECTORY = FilePath.directory("/w/d");
    private static final FilePath FILE = FilePath.of("/w/d/f");

    private final NatsConnection connection =
            new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", "nats://127.0.0.1:1")), null);
    private final AtomicLong offset = new AtomicLong();
    private final BrokerClock clock =
            new BrokerClock(() -> System.nanoTime() + offset.get(), System::currentTimeMillis, Duration.ZERO);
    private final KvBucket keys = new KvBucket(connection, "bones-holds", TTL);
    private final HoldBucket bucket = new HoldBucket(keys, () -> Duration.ofHours(1));
    private final Instant start = Instant.now();
    private final HoldIndex index = index();
    private final AtomicLong last = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();
    private final Overlaps overlaps = new Overlaps(
            index,
            () -> {
                asked.incrementAndGet();
                return Uni.createFrom().item(last.get());
            },
            Duration.ofSeconds(10));

    @Test
    void theLaterWriteYields() {
        Overlaps.Check file = check(FILE, "b");
        Overlaps.Check directory = check(DIRECTORY, "a");
        deliver(DIRECTORY, "a", 10, 0, start);
        written(FILE, "b", 11);

        assertThat(overlaps.earlier(file, 11, 11, false).join())
                .extracting(Hold::holder)
                .containsExactly("a");
        deliver(FILE, "b", 11, 0, start);
        assertThat(overlaps.earlier(directory, 10, 10, false).join()).isEmpty();
        assertThat(asked).as("requests").hasValue(0);
    }

    @Test
    void aGrantWaitsForWhatWasWrittenBeforeIt() {
        Overlaps.Check file = check(FILE, "b");
        written(FILE, "b", 12);
        CompletableFuture<List<Hold>> earlier = overlaps.earlier(file, 12, 12, false);

        deliver(FilePath.of("/elsewhere"), "x", 10, 0, start);
        assertThat(earlier).isNotDone();
        deliver(DIRECTORY, "a", 11, 0, start);

        assertThat(earlier.join()).extracting(Hold::holder).containsExactly("a");
    }

    @Test
    void aHoldThatWasRenewedBeforeTheWatchReadItIsNotMissed() {
        Overlaps.Check file = check(FILE, "b");
        written(FILE, "b", 11); // 10 is the directory, which 12 has overwritten
        last.set(12);
        CompletableFuture<List<Hold>> earlier = overlaps.earlier(file, 11, 11, false);

        deliver(FILE, "b", 11, 0, start);
        assertThat(earlier).isNotDone();
        deliver(DIRECTORY, "a", 12, 10, start);

        assertThat(earlier.join()).extracting(Hold::holder).containsExactly("a");
        assertThat(asked).hasValue(1);
    }

    @Test
    void anOwnWriteThatIsOverwrittenAtOnceIsNotMissing() {
        Overlaps.Check file = check(FILE, "b");
        written(FilePath.of("/own"), "b", 10);
        written(FilePath.of("/own"), "b", 11);
        written(FILE, "b", 12);
        deliver(FilePath.of("/own"), "b", 11, 10, start);

        assertThat(overlaps.earlier(file, 12, 12, false).join()).isEmpty();
        assertThat(asked).hasValue(0);
    }

    @Test
    void ownWritesCountAsSoonAsTheyAreAcknowledged() {
        deliver(FilePath.of("/elsewhere"), "x", 10, 0, start);
        Overlaps.Check file = check(FILE, "b");
        written(FilePath.of("/own"), "b", 12);
        written(DIRECTORY, "a", 11);
        written(FILE, "b", 13);

        assertThat(overlaps.earlier(file, 13, 13, false).join())
                .extracting(Hold::holder)
                .containsExactly("a");
        assertThat(overlaps.earlier(file, 13, 13, true))
                .as("only the watch tells when it was stored")
                .isNotDone();
    }

    @Test
    void anOwnWriteAfterAnUnknownOneDoesNotCountYet() {
        deliver(FilePath.of("/elsewhere"), "x", 10, 0, start);
        Overlaps.Check file = check(FILE, "b");
        written(FilePath.of("/own"), "b", 12);
        written(FILE, "b", 13);
        CompletableFuture<List<Hold>> earlier = overlaps.earlier(file, 13, 13, false);
        assertThat(earlier).isNotDone();

        deliver(DIRECTORY, "a", 11, 0, start);
        Overlaps.Check late = check(FILE, "b");

        assertThat(overlaps.earlier(late, 13, 13, false).join())
                .as("the watch need not deliver the own ones")
                .extracting(Hold::holder)
                .containsExactly("a");
        deliver(FilePath.of("/own"), "b", 12, 0, start);
        assertThat(earlier.join()).extracting(Hold::holder).containsExactly("a");
    }

    @Test
    void whatEndsBetweenTheDecisionAndTheCheckCounts() {
        deliver(DIRECTORY, "a", 10, 0, start);
        Overlaps.Check file = check(FILE, "b");
        offset.addAndGet(TTL.multipliedBy(2).toNanos());
        clock.calibrate(clock.ticks(), start.plus(TTL.multipliedBy(2)), true);
        index.expire();
        assertThat(index.list(new io.heddle.hold.HoldFilter(null, null), null, 10))
                .isEmpty();
        written(FILE, "b", 11);

        assertThat(overlaps.earlier(file, 11, 11, false).join())
                .extracting(Hold::holder)
                .containsExactly("a");
    }

    @Test
    void aRenewalInTimeDoesNotLoseToALaterGrantAndOneThatRevivesDoes() {
        deliver(FILE, "b", 10, 0, start);
        deliver(DIRECTORY, "a", 11, 0, start);
        Overlaps.Check renewal = overlaps.check(claim(FILE, "b"), 10, null);
        deliver(FILE, "b", 12, 10, start.plusSeconds(1));
        assertThat(overlaps.earlier(renewal, 10, 12, false).join()).isEmpty();
        assertThat(overlaps.earlier(renewal, 10, 12, true).join())
                .as("in time after all")
                .isEmpty();

        deliver(FILE, "b", 13, 10, start.plus(TTL).plusSeconds(30));

        assertThat(overlaps.earlier(renewal, 10, 13, true).join())
                .extracting(Hold::holder)
                .containsExactly("a");
    }

    @Test
    void aTransferYieldsToWhatItsFormerHolderTookMeanwhile() {
        deliver(FILE, "b", 10, 0, start);
        Overlaps.Check transfer = overlaps.check(claim(FILE, "c"), 10, "b");
        deliver(DIRECTORY, "b", 11, 0, start);
        written(FILE, "c", 12);

        assertThat(overlaps.earlier(transfer, 12, 12, false).join())
                .extracting(Hold::holder)
                .containsExactly("b");
    }

    @Test
    void aGrantThatIsNotSettledIsVerifiedWithTheLeader() {
        deliver(DIRECTORY, "a", 10, 0, start);
        deliver(FILE, "b", 11, 0, start); // of another process that has yet to roll it back
        last.set(11);
        HoldEntry.Held file = (HoldEntry.Held) index.lastKnown(HoldName.of(FILE));
        HoldEntry.Held directory = (HoldEntry.Held) index.lastKnown(HoldName.of(DIRECTORY));

        assertThat(overlaps.verify(file, clock.now()).join())
                .extracting(Hold::holder)
                .containsExactly("a");
        assertThat(overlaps.verify(directory, clock.now()).join()).isEmpty();
        assertThat(asked).hasValue(2);
        assertThat(overlaps.verify(directory, clock.now()).join()).isEmpty();
        assertThat(asked).as("it is settled").hasValue(2);
    }

    @Test
    void aCheckEndsWhenTheLeaderStaysBehind() {
        Overlaps shortly = new Overlaps(index, () -> Uni.createFrom().item(0L), Duration.ofMillis(100));
        Overlaps.Check file = shortly.check(claim(FILE, "b"), 0, null);
        written(FILE, "b", 12);

        CompletableFuture<List<Hold>> earlier = shortly.earlier(file, 12, 12, false);

        await().until(earlier::isCompletedExceptionally);
    }

    private Overlaps.Check check(FilePath path, String holder) {
        return overlaps.check(claim(path, holder), 0, null);
    }

    private Claim claim(FilePath path, String holder) {
        return Claim.of(new HoldRequest(path, holder, TTL), clock.now());
    }

    private void written(FilePath path, String holder, long revision) {
        HoldValue value = value(holder, 0, start);
        Hold hold = value.toHold(HoldName.of(path), revision, start, TTL);
        index.wrote(HoldName.of(path), new HoldEntry.Held(hold, value, start, null, null));
    }

    private void deliver(FilePath path, String holder, long revision, long token, Instant stored) {
        index.accept(new StreamSignal.Message(
                keys.subject(HoldName.of(path).key().text()),
                HoldCodec.encode(value(holder, token, stored)),
                null,
                revision,
                stored));
        index.progress().wake();
    }

    private static HoldValue value(String holder, long token, Instant from) {
        return new HoldValue(holder, from, from.plus(TTL), "", TTL, "nonce of " + holder, token);
    }

    private HoldIndex index() {
        clock.calibrate(clock.ticks(), start, true);
        HoldIndex made = new HoldIndex(keys, bucket, clock, new IndexListener() {
            @Override
            public void happened(HoldEvent event) {}

            @Override
            public void applied(HoldName name, HoldEntry entry) {}

            @Override
            public void caughtUp(StreamIdentity stream, long position) {}

            @Override
            public void forgotten() {}

            @Override
            public void due(Instant when) {}
        });
        made.accept(new StreamSignal.CaughtUp(new StreamIdentity("KV_bones-holds", start), 9));
        return made;
    }
}
