package io.heddle.hold.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.hold.faults.HoldChecker.Violation;
import io.heddle.hold.faults.SeededBug.Mistake;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What docs/holds.md promises, while processes die and stand still, networks fail, clocks are set, and the broker goes away: see
 * docs/faults.md. {@code -Dheddle.faults.short} takes a minute, {@code -Dheddle.faults.seed=} plays one run again.
 */
@Tag("faults")
class HoldsUnderFaultsIT {

    private static final boolean SHORT =
            !System.getProperty("heddle.faults.short", "false").equals("false");
    private static final int WORKERS = SHORT ? 4 : 5;
    private static final List<String> FILES = List.of("/race/a", "/race/b.txt", "/race/c/d");
    /** Directories, files in them and readers, in the way of each other. */
    private static final List<String> TREE =
            List.of("/race/d/", "/race/d/a", "/race/d/e/", "/race/d/e/b", "shared:/race/d/a", "shared:/race/d/e/");

    private static final HoldsReport REPORT = new HoldsReport();

    static LongStream seedsOfOneServer() {
        return seeds(4);
    }

    static LongStream seedsOfThreeServers() {
        return seeds(3);
    }

    static LongStream seedsOfALateServer() {
        return seeds(1);
    }

    @AfterAll
    static void report() {
        REPORT.write();
    }

    @ParameterizedTest
    @MethodSource("seedsOfOneServer")
    void oneServer(long seed) {
        HoldRace.Outcome outcome = race(
                "oneServer", seed, new FaultyBroker.One(FaultKind.OF_ONE_SERVER), Pace.QUICK, length(SHORT ? 18 : 35));

        assertThat(outcome.lateAnswers()).isPositive();
        assertThat(outcome.repeatedAnswers()).isPositive();
    }

    @ParameterizedTest
    @MethodSource("seedsOfThreeServers")
    void threeServers(long seed) {
        race("threeServers", seed, new FaultyBroker.Three(), Pace.QUICK, length(SHORT ? 15 : 35));
    }

    /** Calls are stored up to 5 s late, while a Go program judges the same holds by {@code expires_at}. */
    @ParameterizedTest
    @MethodSource("seedsOfALateServer")
    void lateServer(long seed) {
        HoldRace.Outcome outcome = race(
                "lateServer",
                seed,
                new FaultyBroker.One(FaultKind.OF_A_LATE_SERVER),
                Pace.PATIENT,
                length(SHORT ? 20 : 90));

        assertThat(outcome.operations()).containsKey(HoldHistory.Kind.DELETED_BY_PEER);
    }

    @ParameterizedTest
    @MethodSource("seedsOfOneServer")
    void overlappingPaths(long seed) {
        HoldRace.Outcome outcome = race(
                "overlappingPaths",
                seed,
                new FaultyBroker.One(FaultKind.OF_ONE_SERVER),
                Pace.QUICK,
                length(SHORT ? 20 : 60),
                TREE);

        assertThat(outcome.operations().get(HoldHistory.Kind.REFUSED)).isPositive();
    }

    /** As {@link #lateServer}, without a Go program, which does not respect directories: what is stored late is rolled back. */
    @ParameterizedTest
    @MethodSource("seedsOfALateServer")
    void overlappingPathsOfALateServer(long seed) {
        race(
                "overlappingPathsOfALateServer",
                seed,
                new FaultyBroker.One(FaultKind.OF_A_LATE_SERVER),
                Pace.QUICK,
                length(SHORT ? 20 : 60),
                TREE);
    }

    @Test
    void seededBugsAreCaught() {
        List<Mistake> mistakes = Stream.of(Mistake.values())
                .filter(mistake -> mistake != Mistake.NONE)
                .toList();
        List<String> files = Stream.concat(mistakes.stream().map(Mistake::file), Stream.of("/race/right"))
                .toList();
        try (HoldRace race =
                new HoldRace(1, new FaultyBroker.One(FaultKind.OF_ONE_SERVER), 3, files, Pace.QUICK, false)) {

            List<Violation> violations =
                    race.awaitViolations(found -> mistakes.stream().allMatch(mistake -> found.stream()
                            .anyMatch(violation ->
                                    violation.file().equals(mistake.file()) && violation.rule() == mistake.breaks)));

            assertThat(violations).noneMatch(violation -> violation.file().equals("/race/right"));
            REPORT.caught(mistakes, violations);
        }
    }

    private static HoldRace.Outcome race(String test, long seed, FaultyBroker broker, Pace pace, Duration length) {
        return race(test, seed, broker, pace, length, FILES);
    }

    private static HoldRace.Outcome race(
            String test, long seed, FaultyBroker broker, Pace pace, Duration length, List<String> files) {
        boolean withPeer = pace == Pace.PATIENT && files.equals(FILES);
        List<FaultKind> ofWorkers = pace == Pace.PATIENT ? FaultKind.OF_NETWORKS : FaultKind.OF_WORKERS;
        String replay = "./mvnw -Pfaults verify -Dit.test=HoldsUnderFaultsIT#" + test + " -Dheddle.faults.seed=" + seed
                + (SHORT ? " -Dheddle.faults.short" : "");
        System.out.println(replay);
        HoldRace.Outcome outcome;
        try (HoldRace race = new HoldRace(seed, broker, WORKERS, files, pace, withPeer)) {

            outcome = race.run(seed, length, ofWorkers);
        }

        REPORT.add(test, replay, outcome);
        System.out.println(HoldsReport.summary(outcome));
        assertThat(outcome.violations()).as(replay).isEmpty();
        Set<FaultKind> planned =
                Stream.concat(ofWorkers.stream(), broker.kinds().stream()).collect(Collectors.toSet());
        assertThat(outcome.faults().keySet())
                .as("kinds of faults that happened")
                .containsAll(planned);
        assertThat(outcome.operations().keySet())
                .as("kinds of steps")
                .containsAll(Arrays.asList(
                        HoldHistory.Kind.GRANTED,
                        HoldHistory.Kind.RENEWED,
                        HoldHistory.Kind.REFUSED,
                        HoldHistory.Kind.LEASED,
                        HoldHistory.Kind.RELEASED,
                        HoldHistory.Kind.TOUCHED,
                        HoldHistory.Kind.CONFIRMED,
                        HoldHistory.Kind.SEEN,
                        HoldHistory.Kind.VACANT,
                        HoldHistory.Kind.SLOW_SUBSCRIBER,
                        HoldHistory.Kind.VANISHED_SUBSCRIBER));
        return outcome;
    }

    private static Duration length(int seconds) {
        return Duration.ofSeconds(Integer.getInteger("heddle.faults.seconds", seconds));
    }

    private static LongStream seeds(int runs) {
        Long given = Long.getLong("heddle.faults.seed");
        return given != null
                ? LongStream.of(given)
                : LongStream.generate(() -> RandomGenerator.getDefault().nextInt(Integer.MAX_VALUE))
                        .limit(SHORT ? 1 : runs);
    }
}
