package io.heddle.hold.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.faults.FaultPlan.Fault;
import io.heddle.hold.faults.HoldChecker.Violation;
import io.heddle.testsupport.NatsProxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/** Real processes that race for files at a real broker, while faults happen to both. What is chosen comes from the seed alone. */
final class HoldRace implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final FaultyBroker broker;
    private final List<String> files;
    private final WorkerProcess.Setting setting;
    private final List<WorkerProcess> workers = new ArrayList<>();
    private final HoldHistory.Writer notes;
    private final boolean withPeer;
    private final long peerSeed;
    private final long planSeed;
    private final long begin = System.nanoTime();

    /**
     * What a race came to.
     *
     * @param lateAnswers how many answers of the broker the network delayed past others, and
     * @param repeatedAnswers how many it brought twice
     */
    record Outcome(
            long seed,
            int servers,
            int workers,
            int files,
            Duration maxTtl,
            Duration took,
            Map<FaultKind, Integer> faults,
            long lateAnswers,
            long repeatedAnswers,
            Map<HoldHistory.Kind, Long> operations,
            List<Violation> violations) {}

    /** Starts the processes, and a peer as the Go program is when it is asked for. */
    HoldRace(long seed, FaultyBroker broker, int workers, List<String> files, Pace pace, boolean withPeer) {
        Random random = new Random(seed);
        this.broker = broker;
        this.files = files;
        this.planSeed = random.nextLong();
        // In a bucket that forgets soon, entries and the markers of deletions go away by themselves too.
        Duration maxTtl = random.nextBoolean() || pace == Pace.PATIENT ? Duration.ofMinutes(5) : Duration.ofSeconds(3);
        Path directory = broker.servers().get(0).directory();
        this.setting = new WorkerProcess.Setting(directory, broker.servers(), maxTtl, pace, files);
        for (int i = 0; i < workers; i++) {
            this.workers.add(new WorkerProcess(i, setting, random.nextLong()));
        }
        this.notes = new HoldHistory.Writer(setting.histories().resolve("nemesis"));
        this.withPeer = withPeer;
        this.peerSeed = random.nextLong();
    }

    /** Lets faults happen for that long, and everybody recover from them. */
    Outcome run(long seed, Duration length, List<FaultKind> ofWorkers) {
        awaitGrants();
        List<Fault> plan = FaultPlan.of(planSeed, length, workers.size(), ofWorkers, broker.kinds());
        Nemesis nemesis = new Nemesis(workers, broker, notes);
        if (withPeer) {
            HoldHistory.Writer peers =
                    new HoldHistory.Writer(setting.histories().resolve(GoPeer.NAME));
            try (GoPeer peer = new GoPeer(broker.servers().get(0).url(), files, peers, peerSeed)) {
                nemesis.run(plan);
            }
        } else {
            nemesis.run(plan);
        }
        await().atMost(PATIENCE).until(broker::isReady);
        awaitGrants();
        workers.forEach(WorkerProcess::close);
        HoldHistory history = HoldHistory.read(setting.histories());
        return new Outcome(
                seed,
                broker.servers().size(),
                workers.size(),
                files.size(),
                setting.maxTtl(),
                Duration.ofNanos(System.nanoTime() - begin),
                nemesis.injected(),
                answers(NatsProxy::lateAnswers),
                answers(NatsProxy::repeatedAnswers),
                history.counts(),
                HoldChecker.violations(history));
    }

    /** Until the checker finds what is looked for in the history so far. */
    List<Violation> awaitViolations(Predicate<List<Violation>> enough) {
        return await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(300))
                .until(() -> HoldChecker.violations(historySoFar()), enough);
    }

    /** Every file is granted again and again. */
    private void awaitGrants() {
        long now = System.nanoTime();
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).until(() -> {
            HoldHistory history = historySoFar();
            return files.stream().allMatch(file -> history.grantsSince(file, now) >= 3);
        });
    }

    private HoldHistory historySoFar() {
        workers.forEach(
                worker -> assertThat(worker.isAlive()).as("see " + worker.log()).isTrue());
        return HoldHistory.read(setting.histories());
    }

    private long answers(ToLongFunction<NatsProxy> count) {
        return workers.stream()
                .flatMap(worker -> worker.networks().stream())
                .mapToLong(count)
                .sum();
    }

    @Override
    public void close() {
        workers.forEach(WorkerProcess::close);
        broker.close();
    }
}
