package io.heddle.hold.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.HoldKey;
import io.heddle.hold.HoldName;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.StreamIdentity;
import io.heddle.stream.StreamSignal;
import io.heddle.stream.clock.BrokerClock;
import io.heddle.stream.kv.KvBucket;
import io.heddle.testsupport.Configs;
import io.nats.client.impl.Headers;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The local index by itself, fed with the messages of a watch. */
class HoldIndexTest {

    private static final Duration TTL = Duration.ofHours(1);
    /** 1,000,000 shows the limit of docs/performance.md; the suite compares this number with a tenth of it. */
    private static final int HOLDS = Integer.getInteger("heddle.test.holds", 100_000);

    private static final int PAGE = 100;
    private static final int HOLDERS = 1_000;

    private final NatsConnection connection =
            new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", "nats://127.0.0.1:1")), null);
    private final BrokerClock clock = new BrokerClock(System::nanoTime, System::currentTimeMillis, Duration.ZERO);
    private final KvBucket keys = new KvBucket(connection, "bones-holds", TTL);
    private final HoldBucket bucket = new HoldBucket(keys, () -> TTL);
    private final Instant now = Instant.now();
    private HoldIndex index = index();
    private long revision;

    /** The same answers as a plain list gives, whatever is written, delivered late, transferred, deleted or ended. */
    @Test
    void pagesAreWhatAPlainListGives() {
        long seed = Long.getLong("heddle.test.seed", System.nanoTime());
        Random random = new Random(seed);
        String[] names = {
            "/", "/a", "/a/b", "/a/b/c", "/a-b", "/a.b", "/a0", "/a/b0", "/a/b/", "/b", "/a b/c", "/é", "/a/😀"
        };
        TreeMap<FilePath, String> expected = new TreeMap<>();
        for (int step = 0; step < 3_000; step++) {
            FilePath file = FilePath.of(names[random.nextInt(names.length)]);
            String holder = "h" + random.nextInt(3);
            if (random.nextInt(4) == 0) {
                expected.remove(file);
                write(file, null, random.nextInt(3));
            } else {
                expected.put(file, holder);
                write(file, holder, random.nextInt(3));
            }
            FilePath within = random.nextBoolean() ? null : FilePath.of(names[random.nextInt(names.length)]);
            FilePath after = random.nextBoolean() ? null : FilePath.of(names[random.nextInt(names.length)]);
            String of = random.nextBoolean() ? null : "h" + random.nextInt(3);
            int limit = 1 + random.nextInt(6);

            List<FilePath> page = index.list(new HoldFilter(within, of), after, limit).stream()
                    .map(Hold::file)
                    .toList();

            assertThat(page)
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(expected.entrySet().stream()
                            .filter(hold -> within == null || hold.getKey().isWithin(within))
                            .filter(hold -> of == null || hold.getValue().equals(of))
                            .map(Map.Entry::getKey)
                            .filter(path -> after == null || path.compareTo(after) > 0)
                            .sorted(Comparator.naturalOrder())
                            .limit(limit)
                            .toList());
        }
        assertThat(index.held()).isBetween(expected.size() - 3, names.length);
    }

    @Test
    void aPageAndTheStatusCostTheSameHoweverManyHoldsThereAre() {
        fill(HOLDS / 10);
        long few = worstMicros();
        index = index();
        fill(HOLDS);

        long many = worstMicros();

        System.out.printf("A page of %d of %d holds: %d us of CPU, of %d: %d us%n", PAGE, HOLDS / 10, few, HOLDS, many);
        assertThat(index.held()).isEqualTo(HOLDS);
        assertThat(many).isLessThan(Math.max(2_000, 4 * few));
    }

    private void fill(int holds) {
        revision = 0;
        for (int i = 0; i < holds; i++) {
            deliver(FilePath.of("/work/" + i % 100 + "/f" + i), "h" + i % HOLDERS);
        }
        index.accept(new StreamSignal.CaughtUp(new StreamIdentity("KV_bones-holds", now), revision));
    }

    /** The median of many of the dearest kind of page, so that a pause of the machine does not count. */
    private long worstMicros() {
        FilePath directory = FilePath.of("/work/42");
        return List.<Supplier<List<Hold>>>of(
                        () -> index.list(new HoldFilter(null, null), null, PAGE),
                        () -> index.list(new HoldFilter(null, null), FilePath.of("/work/77/f5"), PAGE),
                        () -> index.list(new HoldFilter(directory, null), null, PAGE),
                        () -> index.list(new HoldFilter(null, "h7"), null, PAGE),
                        () -> index.list(new HoldFilter(directory, "h42"), null, PAGE))
                .stream()
                .mapToLong(page -> {
                    List<Long> micros = new ArrayList<>();
                    for (int i = 0; i < 201; i++) {
                        long began = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                        assertThat(page.get()).isNotEmpty().hasSizeLessThanOrEqualTo(PAGE);
                        assertThat(index.held()).isPositive();
                        micros.add((ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - began) / 1_000);
                    }
                    micros.sort(null);
                    return micros.get(100);
                })
                .max()
                .orElseThrow();
    }

    /** @param how 0: by another process; 1: by this one, and delivered; 2: by this one, and delivered with the next write */
    private void write(FilePath file, @Nullable String holder, int how) {
        if (how == 0) {
            deliver(file, holder);
            return;
        }
        long next = ++revision;
        HoldEntry own = holder == null
                ? new HoldEntry.Vacant(next, now, null, null)
                : new HoldEntry.Held(
                        value(holder).toHold(HoldName.of(file), next, now, TTL), value(holder), now, null, null);
        index.wrote(HoldName.of(file), own);
        if (how == 1) {
            revision--;
            deliver(file, holder);
        }
    }

    private void deliver(FilePath file, @Nullable String holder) {
        Headers marker = new Headers().put("KV-Operation", "DEL");
        index.accept(new StreamSignal.Message(
                keys.subject(HoldKey.of(file).text()),
                holder == null ? new byte[0] : HoldCodec.encode(value(holder)),
                holder == null ? marker : null,
                ++revision,
                now));
    }

    private HoldValue value(String holder) {
        return new HoldValue(holder, now, now.plus(TTL), "", TTL, "nonce", 0);
    }

    private HoldIndex index() {
        clock.calibrate(clock.ticks(), Instant.now(), true);
        HoldIndex index = new HoldIndex(keys, bucket, clock, new IndexListener() {
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
        return index;
    }
}
