package io.heddle.hold.faults;

import static io.heddle.hold.faults.HoldHistory.Kind.ANNOUNCE_UNKNOWN;
import static io.heddle.hold.faults.HoldHistory.Kind.CONFIRMED;
import static io.heddle.hold.faults.HoldHistory.Kind.DELETED_BY_PEER;
import static io.heddle.hold.faults.HoldHistory.Kind.DEPOSED;
import static io.heddle.hold.faults.HoldHistory.Kind.DISORDER;
import static io.heddle.hold.faults.HoldHistory.Kind.GRANTED;
import static io.heddle.hold.faults.HoldHistory.Kind.HUNG;
import static io.heddle.hold.faults.HoldHistory.Kind.LEASED;
import static io.heddle.hold.faults.HoldHistory.Kind.LEASE_NOT_RENEWED;
import static io.heddle.hold.faults.HoldHistory.Kind.REFUSED;
import static io.heddle.hold.faults.HoldHistory.Kind.RELEASED;
import static io.heddle.hold.faults.HoldHistory.Kind.RENEWED;
import static io.heddle.hold.faults.HoldHistory.Kind.SEEN;
import static io.heddle.hold.faults.HoldHistory.Kind.TOUCHED;
import static io.heddle.hold.faults.HoldHistory.Kind.VACANT;
import static io.heddle.hold.faults.HoldHistory.Kind.WIPED;
import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.hold.faults.HoldChecker.Rule;
import io.heddle.hold.faults.HoldHistory.Kind;
import io.heddle.hold.faults.HoldHistory.Step;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests of the checker: written histories, the legal ones beside those that break one rule. */
class HoldCheckerTest {

    private final List<Step> steps = new ArrayList<>();

    @Nested
    class Legal {

        @Test
        void oneAfterAnother() {
            add(GRANTED, 10, 20, 1, "a");
            touched(1, "a", 21, 25, 30);
            add(RELEASED, 31, 40, 1, "a");
            add(VACANT, 41, 44, 0, "b");
            add(GRANTED, 45, 50, 5, "b");
            touched(5, "b", 51, 60);
            add(RENEWED, 61, 64, 5, "b");
            add(REFUSED, 62, 65, 5, "b");
            touched(5, "b", 66, 70);
            // b's hold ran out.
            add(GRANTED, 90, 99, 7, "a");
            touched(7, "a", 100);

            assertLegal();
        }

        /** Answers come in any order: only what surely came before counts. */
        @Test
        void callsThatOverlap() {
            add(GRANTED, 10, 50, 1, "a");
            add(RELEASED, 51, 90, 1, "a");
            add(GRANTED, 12, 95, 3, "b");
            add(REFUSED, 20, 60, 1, "a");
            add(SEEN, 60, 91, 1, "a");
            add(VACANT, 60, 92, 0, "c");

            assertLegal();
        }

        /** The holder is notified late of what a peer did to its hold. */
        @Test
        void afterAPeerDeletedIt() {
            add(GRANTED, 10, 20, 1, "go");
            add(GRANTED, 30, 40, 3, "a");
            touched(3, "a", 41, 45);
            add(DELETED_BY_PEER, 44, 50, 4, "1");
            add(GRANTED, 51, 55, 5, "b");
            touched(3, "a", 60);

            assertLegal();
        }

        @Test
        void aHolderThatWasStoppedHearsOfItLate() {
            add(GRANTED, 10, 20, 1, "a");
            touched(1, "a", 21, 30);
            add(GRANTED, 60, 70, 2, "b");
            // a renewed before it was stopped: the broker had accepted that before b was granted.
            add(RENEWED, 31, 200, 1, "a");

            assertLegal();
        }

        @Test
        void aGrantWhoseCallEndedUnknown() {
            add(ANNOUNCE_UNKNOWN, 10, 50, 0, "a");
            add(REFUSED, 60, 65, 4, "a");
            add(RENEWED, 70, 75, 4, "a");
            touched(4, "a", 76, 80);
            add(GRANTED, 90, 95, 6, "b");

            assertLegal();
        }

        @Test
        void aReleaseWhoseCallWasAnsweredTwice() {
            add(GRANTED, 10, 20, 1, "a");
            add(RELEASED, 30, 35, 1, "a");
            add(RELEASED, 31, 90, 1, "a");
            add(GRANTED, 40, 45, 2, "b");

            assertLegal();
        }

        /** Its holder stopped relying on it, was answered late, and continued: no other holder came in between. */
        @Test
        void aHoldThatALateRenewalRevived() {
            add(GRANTED, 10, 20, 1, "a");
            touched(1, "a", 21, 30);
            add(RENEWED, 31, 60, 1, "a");
            add(VACANT, 45, 50, 0, "b");
            touched(1, "a", 61, 70);

            assertLegal();
        }

        @Test
        void aHoldThatARenewalOfUnknownOutcomeRevivedLater() {
            add(GRANTED, 10, 20, 1, "a");
            touched(1, "a", 21, 30);
            add(LEASE_NOT_RENEWED, 31, 40, 0, "a");
            add(VACANT, 45, 50, 0, "b");
            add(RENEWED, 55, 58, 1, "a");
            touched(1, "a", 61, 70);

            assertLegal();
        }

        @Test
        void aHoldThatAnAnnounceOfUnknownOutcomeRevivedLater() {
            add(GRANTED, 10, 20, 1, "a");
            touched(1, "a", 21, 30);
            add(ANNOUNCE_UNKNOWN, 31, 40, 0, "a");
            add(VACANT, 45, 50, 0, "b");
            add(RENEWED, 55, 58, 1, "a");
            touched(1, "a", 61, 70);

            assertLegal();
        }

        /** Holder a cannot know that the store was wiped: it relies on its hold until the ttl ends. */
        @Test
        void aWipedStoreIsANewEra() {
            add(GRANTED, 10, 20, 1, "a");
            touched(1, "a", 21, 45, 60, 75);
            add(WIPED, 40, 50, 1_000, "-");
            add(VACANT, 52, 54, 0, "c");
            add(GRANTED, 55, 58, 1_001, "b");
            touched(1_001, "b", 59, 80);

            assertLegal();
        }

        @Test
        void aDeposedLeaderTellsOldNews() {
            add(GRANTED, 10, 20, 1, "a");
            add(GRANTED, 40, 50, 2, "b");
            touched(2, "b", 51, 90);
            add(SEEN, 60, 65, 1, "a");
            add(VACANT, 66, 67, 0, "c");
            add(DEPOSED, 30, 62, 0, "-");
            add(DEPOSED, 66, 70, 0, "-");

            assertLegal();
        }

        @Test
        void filesHaveNothingToDoWithEachOther() {
            add(GRANTED, 10, 20, 5, "a");
            touched(5, "a", 21, 80);
            steps.add(new Step(GRANTED, 30, 40, 5, "other", "b"));
            steps.add(new Step(TOUCHED, 41, 41, 5, "other", "b"));
            steps.add(new Step(GRANTED, 50, 60, 1, "third", "b"));

            assertLegal();
        }
    }

    @Test
    void twoHoldersAtOnce() {
        add(GRANTED, 10, 20, 1, "a");
        touched(1, "a", 21, 45);
        add(GRANTED, 30, 40, 2, "b");

        assertViolated(Rule.TWO_HOLDERS);
    }

    /** A peer's deletion excuses the holds between its own and the deletion only. */
    @Test
    void aDeletionByAPeerExcusesNoOtherHold() {
        add(GRANTED, 10, 20, 1, "a");
        add(GRANTED, 30, 40, 3, "go");
        add(DELETED_BY_PEER, 44, 50, 4, "3");
        touched(1, "a", 60);

        assertViolated(Rule.TWO_HOLDERS);
    }

    @Test
    void twoHoldersAtOnceWithoutAGrantThatIsKnown() {
        touched(1, "a", 21, 45);
        touched(2, "b", 44, 50);

        assertViolated(Rule.TWO_HOLDERS);
    }

    @Test
    void twoHoldersAtOnceAlthoughAnotherOneCameBetween() {
        touched(1, "a", 21, 100);
        touched(3, "c", 60, 70);
        touched(2, "b", 30, 40);

        assertThat(violations())
                .extracting(HoldChecker.Violation::rule)
                .containsOnly(Rule.TWO_HOLDERS)
                .hasSize(2);
    }

    @Test
    void twoHoldersInTheNewEra() {
        add(WIPED, 1, 5, 1_000, "-");
        touched(1_000, "a", 21, 45);
        touched(1_001, "b", 44, 50);

        assertViolated(Rule.TWO_HOLDERS);
    }

    @Test
    void twoHoldersBeforeTheWipe() {
        touched(1, "a", 21, 45);
        touched(2, "b", 44, 50);
        add(WIPED, 60, 65, 1_000, "-");

        assertViolated(Rule.TWO_HOLDERS);
    }

    @Test
    void aTokenThatDoesNotRise() {
        add(GRANTED, 10, 20, 7, "a");
        add(RELEASED, 21, 25, 7, "a");
        add(GRANTED, 30, 40, 6, "b");

        assertViolated(Rule.TOKEN_NOT_RISING);
    }

    /** Wiped or not: the docs promise that tokens rise from one era to the next. */
    @Test
    void aTokenThatDoesNotRiseOverAWipedStore() {
        add(GRANTED, 10, 20, 7, "a");
        add(WIPED, 25, 28, 1, "-");
        add(GRANTED, 30, 40, 2, "b");

        assertViolated(Rule.TOKEN_NOT_RISING);
    }

    @Test
    void aTokenThatIsGrantedTwice() {
        add(GRANTED, 10, 40, 7, "a");
        add(GRANTED, 11, 41, 7, "a");

        assertViolated(Rule.TOKEN_REUSED);
    }

    @Test
    void aTokenOfTwoHolders() {
        add(GRANTED, 10, 40, 7, "a");
        add(RENEWED, 11, 41, 7, "b");

        assertViolated(Rule.TOKEN_REUSED);
    }

    @Test
    void aRenewalOfAStaleToken() {
        add(GRANTED, 10, 20, 1, "a");
        add(GRANTED, 30, 40, 2, "b");
        add(RENEWED, 41, 50, 1, "a");

        assertViolated(Rule.STALE_WRITE);
    }

    @Test
    void aReleaseOfAStaleToken() {
        add(GRANTED, 10, 20, 1, "a");
        add(REFUSED, 30, 40, 2, "b");
        add(RELEASED, 41, 50, 1, "a");

        assertViolated(Rule.STALE_WRITE);
    }

    @Test
    void aLeaseOverAStaleToken() {
        add(GRANTED, 10, 20, 1, "a");
        add(GRANTED, 30, 40, 2, "b");
        add(LEASED, 41, 50, 1, "a");

        assertViolated(Rule.STALE_WRITE);
    }

    @Test
    void aStaleWriteOfTheEraBefore() {
        add(GRANTED, 10, 20, 1, "a");
        add(WIPED, 25, 28, 1_000, "-");
        add(GRANTED, 30, 40, 1_001, "b");
        add(RENEWED, 41, 50, 1, "a");

        assertViolated(Rule.STALE_WRITE);
    }

    @Test
    void aReleaseThatIsLost() {
        add(GRANTED, 10, 20, 1, "a");
        add(RELEASED, 21, 30, 1, "a");
        add(REFUSED, 31, 40, 1, "a");

        assertViolated(Rule.LOST_RELEASE);
    }

    @Test
    void aReleaseAfterWhichTheHoldIsRenewed() {
        add(GRANTED, 10, 20, 1, "a");
        add(RELEASED, 21, 30, 1, "a");
        add(RENEWED, 31, 40, 1, "a");

        assertViolated(Rule.LOST_RELEASE);
    }

    @Test
    void aHoldSeenAfterItsSuccessor() {
        add(GRANTED, 10, 20, 1, "a");
        add(GRANTED, 30, 40, 2, "b");
        add(CONFIRMED, 41, 50, 1, "a");

        assertViolated(Rule.ENDED_HOLD_SEEN);
    }

    @Test
    void aHoldLookedAtAfterItsSuccessor() {
        add(GRANTED, 10, 20, 1, "a");
        add(GRANTED, 30, 40, 2, "b");
        add(SEEN, 41, 50, 1, "a");

        assertViolated(Rule.ENDED_HOLD_SEEN);
    }

    @Test
    void aHoldInForceThatIsNotSeen() {
        touched(1, "a", 21, 30, 60);
        // Renewed, but not while anybody looked; and what was asked for before does not count.
        add(ANNOUNCE_UNKNOWN, 5, 10, 0, "a");
        add(RENEWED, 31, 39, 1, "a");
        add(VACANT, 40, 50, 0, "b");

        assertViolated(Rule.HOLD_NOT_SEEN);
    }

    @Test
    void aCallWithoutAnEnd() {
        add(HUNG, 10, 20, 0, "a");

        assertViolated(Rule.CALL_HUNG);
    }

    @Test
    void eventsOutOfOrder() {
        add(DISORDER, 10, 20, 3, "a");

        assertViolated(Rule.EVENTS_OUT_OF_ORDER);
    }

    @Test
    void whatIsWrittenIsReadAgain(@TempDir Path directory) throws Exception {
        add(GRANTED, 10, 20, 1, "a");
        HoldHistory.Writer writer = new HoldHistory.Writer(directory.resolve("one"));
        steps.forEach(writer::write);
        Files.writeString(directory.resolve("torn"), new Step(TOUCHED, 21, 21, 1, "f", "a").line() + "TOUCHED 22 2");

        HoldHistory history = HoldHistory.read(directory);

        assertThat(history.steps()).containsExactlyInAnyOrder(steps.get(0), new Step(TOUCHED, 21, 21, 1, "f", "a"));
    }

    private void add(Kind kind, long began, long ended, long token, String holder) {
        String file = kind == WIPED || kind == DEPOSED ? "-" : "f";
        steps.add(new Step(kind, began, ended, token, file, holder));
    }

    private void touched(long token, String holder, long... times) {
        for (long time : times) {
            add(TOUCHED, time, time, token, holder);
        }
    }

    private List<HoldChecker.Violation> violations() {
        // Processes write at the same time: the order of what is read means nothing.
        Collections.shuffle(steps, new Random(steps.size()));
        return HoldChecker.violations(new HoldHistory(steps));
    }

    private void assertLegal() {
        assertThat(violations()).isEmpty();
    }

    private void assertViolated(Rule rule) {
        assertThat(violations())
                .singleElement()
                .extracting(HoldChecker.Violation::rule)
                .isEqualTo(rule);
    }
}
