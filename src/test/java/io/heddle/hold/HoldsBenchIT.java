package io.heddle.hold;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.bench.Cpu;
import io.heddle.bench.InFlight;
import io.heddle.bench.Latencies;
import io.heddle.bench.Rounds;
import io.heddle.bench.Row;
import io.heddle.bench.Scorecard;
import io.heddle.hold.bucket.HoldCodec;
import io.heddle.hold.bucket.HoldValue;
import io.heddle.testsupport.Chart;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.KeyValue;
import io.nats.client.Nats;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueWatcher;
import io.nats.client.api.MessageGetRequest;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StorageType;
import io.nats.client.impl.Headers;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Calls on holds beside the same over plain jnats: a bucket of the same kind on the same server, values of the same length, the
 * same number in flight. Nothing reads the plain bucket, while ours is watched, as it always is.
 */
@Tag("bench")
class HoldsBenchIT {

    private static final String RAW = "raw";
    /** The same with one plain watch on the bucket: the limit for a process that also knows what others hold. */
    private static final String WATCHED = "watched";

    private static final String AGENT = "agent-4711";
    private static final Duration TTL = Duration.ofHours(1);
    private static final int LIMIT = 1_024;
    private static final int ROUNDS = Scorecard.size(8, 3);
    private static final int ONE_AT_A_TIME = Scorecard.size(1_500, 500);
    private static final int MANY = Scorecard.size(20_000, 5_000);

    private static boolean warm;

    private final Rig rig = new Rig();
    private final KvHolds holds = rig.holds("max-ttl", "1h");
    private final Connection raw = Rig.call(() -> Nats.connect(rig.server.url()));
    private final JetStream stream = Rig.call(raw::jetStream);
    private final byte[] value = value(0);
    private final byte[] renewed = value(1_776_592_800_000_000L);
    private final KeyValue bucket = bucket(RAW);
    private final AtomicInteger names = new AtomicInteger();

    @BeforeEach
    void watch() {
        KeyValue all = bucket(WATCHED);
        var unused = Rig.call(() -> all.watchAll(new KeyValueWatcher() {
            @Override
            public void watch(KeyValueEntry entry) {
                // That it is read is what counts.
            }

            @Override
            public void endOfData() {
                // It goes on.
            }
        }));
    }

    /** The compiler is done with both before anything is measured: ours is more code. After that, each broker needs it once. */
    @BeforeEach
    void warmUp() throws Exception {
        for (int i = warm ? 1 : Scorecard.size(6, 1); i > 0; i--) {
            announceMany(new Cpu(rig.server.pid()));
            publishMany(RAW);
        }
        warm = true;
    }

    @AfterEach
    void close() throws InterruptedException {
        raw.close();
        rig.close();
    }

    @Test
    void announceOneAtATime() throws Exception {
        Latencies latencies = new Latencies();
        Rounds againstRaw = Rounds.of(
                ROUNDS,
                () -> latencies.add("Heddle", oneByOne(i -> announce(i).await().indefinitely()), 50),
                () -> latencies.add(
                        "publishAsync", oneByOne(i -> publish(RAW, i, 0).get()), 50));
        Rounds againstGetAndCreate = Rounds.of(
                ROUNDS,
                () -> latencies.add("Heddle", oneByOne(i -> announce(i).await().indefinitely()), 50),
                () -> latencies.add("get + create", oneByOne(this::getAndCreate), 50));

        Rounds againstWatched = Rounds.of(
                Math.max(2, ROUNDS / 3),
                () -> latencies.add("Heddle", oneByOne(i -> announce(i).await().indefinitely()), 50),
                () -> latencies.add(
                        "publishAsync, watched",
                        oneByOne(i -> publish(WATCHED, i, 0).get()),
                        50));

        latencies.chart(
                "announce of a vacant file, one at a time", Scorecard.DIRECTORY.resolve("announce-latency.svg"));
        Scorecard.add(Row.of(
                        "announce, vacant file, one at a time, p50",
                        "`publishAsync` with expected sequence 0",
                        "µs",
                        againstRaw)
                .atMost(1.25, 2.2));
        Scorecard.add(Row.of(
                        "announce, vacant file, one at a time, p50",
                        "key-value `get` + `create`",
                        "µs",
                        againstGetAndCreate)
                .fasterAtLeast(1.6, 1));
        Scorecard.note("announce, one at a time: %s times `publishAsync` into a bucket that one jnats watch reads"
                .formatted(againstWatched.ratio()));
    }

    @Test
    void announceInFlight() throws Exception {
        Cpu ours = new Cpu(rig.server.pid());
        Cpu floor = new Cpu(rig.server.pid());
        Cpu watched = new Cpu(rig.server.pid());
        Rounds rounds = Rounds.of(ROUNDS, () -> announceMany(ours), () -> floor.of(MANY, () -> publishMany(RAW)));
        Rounds againstWatched = Rounds.of(
                Math.max(2, ROUNDS / 3), () -> announceMany(ours), () -> watched.of(MANY, () -> publishMany(WATCHED)));

        noteProcessorTime("announce", ours, floor, watched);
        noteWatched("announce", againstWatched);
        Scorecard.add(Row.of("announce, 1,024 in flight", "`publishAsync`, compare-and-set", "/s", rounds)
                .atLeast(0.8, 0.25));
    }

    private static void noteProcessorTime(String what, Cpu ours, Cpu floor, Cpu watched) {
        Scorecard.note("%s, 1,024 in flight, processor time of each: %s; `publishAsync`: %s; into a watched bucket: %s"
                .formatted(what, ours, floor, watched));
    }

    private static void noteWatched(String what, Rounds rounds) {
        Scorecard.note("%s, 1,024 in flight: %s of `publishAsync` into a bucket that one jnats watch reads"
                .formatted(what, rounds.ratio()));
    }

    /** What a round has announced is released again, so that no round pays for those before it. */
    private double announceMany(Cpu cpu) throws Exception {
        int first = names.getAndAdd(MANY);
        double rate = cpu.of(
                MANY, () -> InFlight.rate(MANY, LIMIT, i -> announce(first + i).subscribeAsCompletionStage()));
        releaseMany(first);
        return rate;
    }

    private void releaseMany(int first) throws InterruptedException {
        InFlight.rate(MANY, LIMIT, i -> holds.release(file(first + i), AGENT).subscribeAsCompletionStage());
    }

    private double publishMany(String to) throws InterruptedException {
        int first = names.getAndAdd(MANY);
        return InFlight.rate(MANY, LIMIT, i -> publish(to, first + i, 0));
    }

    @Test
    void renewInFlight() throws Exception {
        int first = names.getAndAdd(MANY);
        InFlight.rate(MANY, LIMIT, i -> announce(first + i).subscribeAsCompletionStage());
        long[] plain = new long[MANY];
        long[] watched = new long[MANY];
        update(RAW, first, plain);
        update(WATCHED, first, watched);
        Cpu ours = new Cpu(rig.server.pid());
        Cpu floor = new Cpu(rig.server.pid());
        Cpu floorWatched = new Cpu(rig.server.pid());

        Rounds rounds = Rounds.of(
                ROUNDS, () -> ours.of(MANY, () -> renew(first)), () -> floor.of(MANY, () -> update(RAW, first, plain)));
        Rounds againstWatched = Rounds.of(
                Math.max(2, ROUNDS / 3),
                () -> ours.of(MANY, () -> renew(first)),
                () -> floorWatched.of(MANY, () -> update(WATCHED, first, watched)));

        noteProcessorTime("renew", ours, floor, floorWatched);
        noteWatched("renew", againstWatched);
        Scorecard.add(Row.of("renew, 1,024 in flight", "`publishAsync`, compare-and-set", "/s", rounds)
                .atLeast(0.8, 0.25));
    }

    private double renew(int first) throws InterruptedException {
        return InFlight.rate(MANY, LIMIT, i -> announce(first + i)
                .invoke(grant -> assertThat(grant.renewal()).isTrue())
                .subscribeAsCompletionStage());
    }

    /** @param revisions the revision of each, 0 for none; what comes of it stands there afterwards */
    private double update(String to, int first, long[] revisions) throws InterruptedException {
        return InFlight.rate(
                MANY, LIMIT, i -> publish(to, first + i, revisions[i]).thenAccept(revision -> revisions[i] = revision));
    }

    @Test
    void whoHasInFlight() throws Exception {
        int first = names.getAndAdd(MANY);
        InFlight.rate(MANY, LIMIT, i -> announce(first + i).subscribeAsCompletionStage());
        InFlight.rate(MANY, LIMIT, i -> publish(RAW, first + i, 0));

        Rounds rounds = Rounds.of(
                ROUNDS,
                () -> InFlight.rate(MANY, LIMIT, i -> holds.whoHas(file(first + i))
                        .invoke(holder -> assertThat(holder).isPresent())
                        .subscribeAsCompletionStage()),
                () -> InFlight.rate(
                        MANY,
                        LIMIT,
                        i -> raw.request(
                                "$JS.API.STREAM.MSG.GET.KV_" + RAW,
                                MessageGetRequest.lastForSubject("$KV." + RAW + "." + key(first + i))
                                        .serialize())));

        Scorecard.add(Row.of("whoHas, read at the leader, 1,024 in flight", "last message by subject", "/s", rounds)
                .atLeast(0.8, 0.4));
    }

    /** What a bigger bucket costs: a call should not care, a new process has to read it. */
    @Test
    void theCostOfManyFiles() throws Exception {
        List<Integer> sizes = new ArrayList<>();
        List<Double> calls = new ArrayList<>();
        List<Double> starts = new ArrayList<>();
        Latencies latencies = new Latencies();
        try (Rig clean = new Rig()) { // the other bucket is full of what was released
            KvHolds few = clean.holds("max-ttl", "1h");
            int held = 0;
            for (int size = 100; size <= Scorecard.size(100_000, 10_000); size *= 10) {
                int more = size - held;
                int first = names.getAndAdd(more);
                InFlight.rate(more, LIMIT, i -> announce(few, first + i).subscribeAsCompletionStage());
                held = size;
                int next = names.get() + 1;
                double call = latencies.add(
                        "Heddle", oneByOne(i -> announce(few, i).await().indefinitely()), 50);
                InFlight.rate(ONE_AT_A_TIME, LIMIT, i -> few.release(file(next + i), AGENT)
                        .subscribeAsCompletionStage());
                double start = Double.MAX_VALUE;
                for (int round = 0; round < 3; round++) {
                    long began = System.nanoTime();
                    try (KvHolds another = clean.holds("max-ttl", "1h")) {
                        start = Math.min(start, (System.nanoTime() - began) / 1e3);
                        assertThat(another.status().held()).isEqualTo(size);
                    }
                }
                sizes.add(size);
                calls.add(call);
                starts.add(start);
                Scorecard.note(
                        "%,d files held: announce p50 %.0f µs, a new process has connected and read them after %.0f ms"
                                .formatted(size, call, start / 1e3));
            }
        }
        Chart.of("What files that are held cost", "files held", "µs")
                .logarithmic()
                .line("announce, p50", sizes, calls)
                .line("start of another process until it is ready", sizes, starts)
                .write(Scorecard.DIRECTORY.resolve("files.svg"));
    }

    private KeyValue bucket(String name) {
        return Rig.call(() -> {
            raw.keyValueManagement()
                    .create(KeyValueConfiguration.builder(name)
                            .ttl(TTL)
                            .storageType(StorageType.File)
                            .maxHistoryPerKey(1)
                            .build());
            return raw.keyValue(name);
        });
    }

    private Uni<Grant> announce(int number) {
        return announce(holds, number);
    }

    private static Uni<Grant> announce(KvHolds holds, int number) {
        return holds.announce(new HoldRequest(file(number), AGENT, TTL, "/tmp/c"));
    }

    private CompletableFuture<Long> publish(String to, int number, long expected) {
        Headers headers = new Headers().put("Nats-Expected-Last-Subject-Sequence", Long.toString(expected));
        return stream.publishAsync("$KV." + to + "." + key(number), headers, expected == 0 ? value : renewed)
                .thenApply(PublishAck::getSeqno);
    }

    /** What the Go package does, in Java. */
    private void getAndCreate(int number) throws Exception {
        String key = key(number);
        assertThat(bucket.get(key)).isNull();
        bucket.create(key, value);
    }

    /** @param token 0 for a first write */
    private static byte[] value(long token) {
        Instant now = Instant.now();
        String nonce = UUID.randomUUID().toString();
        return HoldCodec.encode(new HoldValue(AGENT, now, now.plus(TTL), "/tmp/c", TTL, nonce, token));
    }

    private static FilePath file(int number) {
        return Rig.file("module-" + number % 100 + "/src/File" + number + ".java");
    }

    private static String key(int number) {
        return HoldKey.of(file(number)).text();
    }

    private interface Call {
        void make(int number) throws Exception;
    }

    private Histogram oneByOne(Call call) throws Exception {
        Histogram times = new Histogram(3);
        for (int i = 0; i < ONE_AT_A_TIME; i++) {
            int number = names.incrementAndGet();
            long began = System.nanoTime();
            call.make(number);
            times.recordValue(System.nanoTime() - began);
        }
        return times;
    }
}
