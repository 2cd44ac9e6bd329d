package io.heddle.hold.faults;

import static io.heddle.hold.faults.HoldHistory.Kind.ANNOUNCE_UNKNOWN;
import static io.heddle.hold.faults.HoldHistory.Kind.GRANTED;
import static io.heddle.hold.faults.HoldHistory.Kind.RENEWED;
import static io.heddle.hold.faults.HoldHistory.Kind.TOUCHED;
import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.hold.faults.HoldChecker.Rule;
import io.heddle.hold.faults.HoldHistory.Kind;
import io.heddle.hold.faults.HoldHistory.Step;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The checker finds conflicting holds of overlapping paths, and accuses no one else. */
class OverlapCheckerTest {

    private static final String DIRECTORY = "/d/";
    private static final String FILE = "/d/f";

    @Test
    void aFileInADirectoryThatAnotherHolds() {
        assertThat(rules(touch(DIRECTORY, "a", 10, 1), touch(FILE, "b", 15, 2), touch(DIRECTORY, "a", 20, 1)))
                .containsExactly(Rule.OVERLAPPING_HOLDERS);
        assertThat(rules(touch(FILE, "b", 10, 1), touch(DIRECTORY, "a", 15, 2), touch(FILE, "b", 20, 1)))
                .containsExactly(Rule.OVERLAPPING_HOLDERS);
        assertThat(rules(touch(FILE, "b", 10, 1), touch(FILE + "|r", "r", 15, 2), touch(FILE, "b", 20, 1)))
                .containsExactly(Rule.OVERLAPPING_HOLDERS);
    }

    @Test
    void oneAfterTheOtherAndOneHolderAndReadersAreLegal() {
        assertThat(rules(touch(DIRECTORY, "a", 10, 1), touch(DIRECTORY, "a", 14, 1), touch(FILE, "b", 15, 2)))
                .isEmpty();
        assertThat(rules(touch(DIRECTORY, "a", 10, 1), touch(FILE, "a", 15, 2), touch(DIRECTORY, "a", 20, 1)))
                .isEmpty();
        assertThat(rules(touch("/d/|q", "q", 10, 1), touch(FILE + "|r", "r", 15, 2), touch("/d/|q", "q", 20, 1)))
                .isEmpty();
        assertThat(rules(touch("/e/", "a", 10, 1), touch(FILE, "b", 15, 2), touch("/e/", "a", 20, 1)))
                .isEmpty();
    }

    @Test
    void aHoldThatMayHaveBeenRevivedInBetweenIsLegal() {
        for (Kind kind : new Kind[] {RENEWED, ANNOUNCE_UNKNOWN}) {
            assertThat(rules(
                            touch(DIRECTORY, "a", 10, 1),
                            touch(FILE, "b", 15, 2),
                            new Step(kind, 16, 18, 1, DIRECTORY, "a"),
                            touch(DIRECTORY, "a", 20, 1)))
                    .as(kind.name())
                    .isEmpty();
        }
        assertThat(rules(
                        new Step(ANNOUNCE_UNKNOWN, 1, 5, 0, DIRECTORY, "a"),
                        touch(DIRECTORY, "a", 10, 1),
                        touch(FILE, "b", 15, 2),
                        touch(DIRECTORY, "a", 20, 1)))
                .as("what ended before the grant")
                .containsExactly(Rule.OVERLAPPING_HOLDERS);
    }

    @Test
    void theTokenOfADirectoryIsHigherThanEveryEarlierOneBelowIt() {
        assertThat(rules(new Step(GRANTED, 1, 2, 7, FILE, "b"), new Step(GRANTED, 3, 4, 6, DIRECTORY, "a")))
                .containsExactly(Rule.TOKEN_NOT_RISING);
        assertThat(rules(new Step(GRANTED, 1, 2, 7, FILE, "b"), new Step(GRANTED, 3, 4, 8, DIRECTORY, "a")))
                .isEmpty();
        assertThat(rules(new Step(GRANTED, 1, 2, 7, FILE, "b"), new Step(GRANTED, 3, 4, 6, "/e/", "a")))
                .isEmpty();
    }

    private static List<Rule> rules(Step... steps) {
        return HoldChecker.violations(new HoldHistory(Stream.of(steps).toList())).stream()
                .map(HoldChecker.Violation::rule)
                .toList();
    }

    private static Step touch(String name, String holder, long at, long token) {
        return new Step(TOUCHED, at, at, token, name, holder);
    }
}
