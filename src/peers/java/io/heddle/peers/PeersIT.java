package io.heddle.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.peers.LockClient.Held;
import io.heddle.peers.Peer.Ability;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.Stream;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same workloads with Heddle and with what else Java programs use: docs/comparison.md. */
@Tag("peers")
class PeersIT {

    /** A short run says only that everything works; the long one gives the figures. */
    private static final boolean SHORT =
            !System.getProperty("heddle.peers.short", "false").equals("false");

    static final Duration ROUND = Duration.ofSeconds(SHORT ? 1 : 5);
    private static final Duration WARM_UP = Duration.ofSeconds(SHORT ? 1 : 5);
    private static final int ROUNDS = SHORT ? 1 : 5;

    private static final Duration TTL = Duration.ofSeconds(30);
    /** The shortest session that a ZooKeeper server grants by default. */
    private static final Duration SHORT_TTL = Duration.ofSeconds(4);

    private static final int WATCHERS = SHORT ? 100 : 1_000;
    private static final int FILLING_AGENTS = 256;
    private static final int IN_A_DIRECTORY = 1_000;

    @AfterEach
    void nothingIsLeft() throws Exception {
        try (Stream<Path> left = Files.list(Table.DIRECTORY)) {
            assertThat(left.filter(Files::isDirectory)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Setup.class)
    void pairs(Setup setup) throws Exception {
        for (int agents : new int[] {1, 16, 64, 1_024}) {
            try (Comparison all = new Comparison(setup, TTL)) {
                AtomicIntegerArray files = new AtomicIntegerArray(agents);
                all.each(system -> Loop.run(agents, WARM_UP, agent -> pair(system.client(), files, agent)))
                        .measure(
                                new Table(
                                        "Acquire and release, %,d agents; %s".formatted(agents, setup.title),
                                        "pairs in a second",
                                        "p50 of a pair, ms",
                                        "p99, ms"),
                                ROUNDS,
                                system -> Loop.run(agents, ROUND, agent -> pair(system.client(), files, agent)));
            }
        }
    }

    /** Every agent has some hundred files of its own, one at a time. */
    private static CompletionStage<?> pair(LockClient client, AtomicIntegerArray files, int agent) {
        String file = "/work/module-%d/src/File%d.java".formatted(agent, files.getAndIncrement(agent) % 100);
        return client.take(file, agent).thenCompose(Held::release);
    }

    @ParameterizedTest
    @EnumSource(Setup.class)
    void renew(Setup setup) throws Exception {
        int agents = 64;
        ConcurrentHashMap<Peer, List<Held>> held = new ConcurrentHashMap<>();
        try (Comparison all = new Comparison(setup, TTL, Ability.RENEW)) {
            all.each(system -> {
                        List<Held> its = new ArrayList<>();
                        for (int agent = 0; agent < agents; agent++) {
                            its.add(system.client()
                                    .take("/work/module-0/src/File" + agent + ".java", agent)
                                    .toCompletableFuture()
                                    .get(60, TimeUnit.SECONDS));
                        }
                        held.put(system.peer(), its);
                        Loop.run(agents, WARM_UP, agent -> its.get(agent).renew());
                    })
                    .measure(
                            new Table(
                                    "Renew, %d agents; %s".formatted(agents, setup.title),
                                    "renewals in a second",
                                    "p50, ms",
                                    "p99, ms"),
                            ROUNDS,
                            system -> {
                                // The others' turns may take longer than the ttl.
                                for (int agent = 0; agent < agents; agent++) {
                                    held.get(system.peer()).get(agent).renew();
                                }
                                return Loop.run(agents, ROUND, agent -> held.get(system.peer())
                                        .get(agent)
                                        .renew());
                            });
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 50})
    void handOver(int waiters) throws Exception {
        ConcurrentHashMap<Peer, LockClient> others = new ConcurrentHashMap<>();
        try (Comparison all = new Comparison(Setup.DEFAULTS, TTL)) {
            all.each(system -> {
                        others.put(system.peer(), system.connect(TTL));
                        handOver(system, others.get(system.peer()), waiters, WARM_UP);
                    })
                    .measure(
                            new Table(
                                    "From a release until the next of %d waiting agents has the file; %s"
                                            .formatted(waiters, Setup.DEFAULTS.title),
                                    "p50, ms",
                                    "p99, ms",
                                    "most turns of an agent by fewest"),
                            ROUNDS,
                            system -> handOver(system, others.get(system.peer()), waiters, ROUND));
        }
    }

    private static double[] handOver(Comparison.Running system, LockClient other, int waiters, Duration time)
            throws InterruptedException {
        try (HandOver handOver = new HandOver(List.of(system.client(), other), waiters + 1)) {
            return handOver.run(time);
        }
    }

    /** The holder's process is killed right after it has the file. */
    @Test
    void expiry() throws Exception {
        AtomicInteger names = new AtomicInteger();
        try (Comparison all = new Comparison(Setup.DEFAULTS, SHORT_TTL)) {
            all.measure(
                    new Table(
                            "From the end of the ttl (%d s) of a killed holder until the next has the file; %s"
                                    .formatted(SHORT_TTL.toSeconds(), Setup.DEFAULTS.title),
                            "ms"),
                    ROUNDS,
                    system -> {
                        String file = "/work/module-0/src/Orphan" + names.incrementAndGet() + ".java";
                        try (OtherProcess holder =
                                new OtherProcess(system.peer(), system.servers(), SHORT_TTL, "take", file)) {
                            double heldAt = holder.answer()[0];
                            CompletionStage<Long> next =
                                    system.client().await(file, 1).thenApply(held -> System.nanoTime());
                            holder.close();
                            long nextAt = next.toCompletableFuture().get(60, TimeUnit.SECONDS);
                            return new double[] {(nextAt - heldAt - SHORT_TTL.toNanos()) / 1e6};
                        }
                    });
        }
    }

    @Test
    void watchers() throws Exception {
        ConcurrentHashMap<Peer, Watched> watched = new ConcurrentHashMap<>();
        try (Comparison all = new Comparison(Setup.DEFAULTS, TTL, Ability.WATCH)) {
            all.each(system -> {
                        Watched its = new Watched(system.client(), system.connect(TTL), WATCHERS);
                        watched.put(system.peer(), its);
                        its.settle();
                        its.run(WARM_UP);
                    })
                    .measure(
                            new Table(
                                    "From a call that takes a file until each of %,d watchers knows; %s"
                                            .formatted(WATCHERS, Setup.DEFAULTS.title),
                                    "p50, ms",
                                    "p99, ms"),
                            ROUNDS,
                            system -> watched.get(system.peer()).run(ROUND));
        }
    }

    /** Watchers in one process, events from another client, one after the other. */
    private static final class Watched {

        private final LockClient writer;
        private final int watchers;
        private final AtomicInteger names = new AtomicInteger();
        private volatile Histogram times = new ConcurrentHistogram(3);
        private volatile CountDownLatch missing = new CountDownLatch(0);
        private volatile long began;

        Watched(LockClient reader, LockClient writer, int watchers) throws Exception {
            this.writer = writer;
            this.watchers = watchers;
            for (int i = 0; i < watchers; i++) {
                reader.watch(() -> {
                    times.recordValue(System.nanoTime() - began);
                    missing.countDown();
                });
            }
        }

        /** Some clients return before their watch is in force. */
        void settle() throws Exception {
            int tries = 0;
            while (!event(2)) {
                assertThat(++tries).as("tries until all watchers had an event").isLessThan(30);
            }
        }

        double[] run(Duration time) throws Exception {
            times = new ConcurrentHistogram(3);
            long end = System.nanoTime() + time.toNanos();
            while (System.nanoTime() < end) {
                assertThat(event(60)).as("all watchers have the event").isTrue();
            }
            return new double[] {times.getValueAtPercentile(50) / 1e6, times.getValueAtPercentile(99) / 1e6};
        }

        private boolean event(int patience) throws Exception {
            missing = new CountDownLatch(watchers);
            String file = "/work/module-0/src/Event" + names.incrementAndGet() + ".java";
            began = System.nanoTime();
            Held held = writer.take(file, 1).toCompletableFuture().get(60, TimeUnit.SECONDS);
            boolean all = missing.await(patience, TimeUnit.SECONDS);
            held.release().toCompletableFuture().get(60, TimeUnit.SECONDS);
            return all;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100_000, 1_000_000})
    void liveHolds(int holds) throws Exception {
        int count = SHORT ? holds / 50 : holds;
        // A ZooKeeper session lasts no longer than 40 s without its client, which lives.
        try (Comparison all = new Comparison(Setup.DEFAULTS, Duration.ofHours(1))) {
            all.measure(
                    new Table(
                            "%,d live holds; %s".formatted(count, Setup.DEFAULTS.title),
                            "taken in a second, %d agents".formatted(FILLING_AGENTS),
                            "memory of the server, MiB",
                            "a new process has its first page after, ms",
                            "a page of 100 in a directory, p50, ms",
                            "live heap of the new process, MiB"),
                    1,
                    system -> {
                        double rate = fill(system.client(), count);
                        double memory = system.servers().memory();
                        try (OtherProcess newcomer = new OtherProcess(
                                system.peer(),
                                system.servers(),
                                Duration.ofHours(1),
                                "list",
                                Integer.toString(count / IN_A_DIRECTORY))) {
                            double[] found = newcomer.answer();
                            return new double[] {rate, memory, found[0], found[1], found[2]};
                        }
                    });
        }
    }

    private static double fill(LockClient client, int count) throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        long began = System.nanoTime();
        Loop.run(FILLING_AGENTS, Duration.ofHours(1), agent -> {
            int file = next.getAndIncrement();
            return file < count
                    ? client.take("/work/module-%d/src/File%d.java".formatted(file / IN_A_DIRECTORY, file), agent)
                    : null;
        });
        return count / ((System.nanoTime() - began) / 1e9);
    }
}
