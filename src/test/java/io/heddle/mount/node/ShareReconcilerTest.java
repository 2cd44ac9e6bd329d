package io.heddle.mount.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.Secret;
import io.heddle.mount.ShareApplier;
import io.heddle.mount.ShareBusyException;
import io.heddle.mount.ShareEvent;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareMount.Action;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.ShareSignal;
import io.heddle.mount.ShareStalledException;
import io.heddle.mount.ShareState;
import io.heddle.mount.ShareStatus;
import io.heddle.mount.cubefs.CubeFs;
import io.heddle.testsupport.Configs;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ShareReconcilerTest {

    private final ScriptedApplier applier = new ScriptedApplier();
    private final ManualScheduler time = new ManualScheduler();
    private final List<ShareEvent> events = new ArrayList<>();
    private final ShareReconciler reconciler = reconciler(Map.of());

    @Test
    void mountsAndSaysEveryStep() {
        reconciler.desire(share("a", "/workspace/a"));
        applier.succeed();

        assertThat(applier.calls).containsExactly("mount a /workspace/a");
        assertThat(states("a")).containsExactly(ShareState.PENDING, ShareState.MOUNTING, ShareState.MOUNTED);
    }

    @Test
    void doesNothingForTheSameSpecAgain() {
        mounted("a", "/workspace/a");

        reconciler.desire(share("a", "/workspace/a"));

        assertThat(applier.calls).hasSize(1);
    }

    @Test
    void replacesAnotherSpecOfTheSameId() {
        mounted("a", "/workspace/a");

        reconciler.desire(share("a", "/workspace/b"));
        applier.succeed();

        assertThat(applier.calls).containsExactly("mount a /workspace/a", "mount a /workspace/b");
        assertThat(status("a").state()).isEqualTo(ShareState.MOUNTED);
        assertThat(status("a").mountPoint()).isEqualTo("/workspace/b");
    }

    @Test
    void keepsABusyShareAndTriesAgain() {
        mounted("a", "/workspace/a");
        reconciler.desire(ShareMount.unmount("a", "/workspace/a"));

        applier.fail(new ShareBusyException("a file is open"));

        assertThat(status("a").state()).isEqualTo(ShareState.BUSY);
        assertThat(status("a").error()).isEqualTo("a file is open");
        time.advanceMillis(1_000);
        applier.succeed();
        assertThat(status("a").state()).isEqualTo(ShareState.UNMOUNTED);
    }

    @Test
    void triesAgainWithGrowingDelays() {
        reconciler.desire(share("a", "/workspace/a"));

        applier.fail(new IllegalStateException("no master"));

        assertThat(status("a").state()).isEqualTo(ShareState.RETRYING);
        assertThat(status("a").error()).isEqualTo("no master");
        time.advanceMillis(499);
        assertThat(applier.inFlight()).isZero();
        time.advanceMillis(501);
        assertThat(applier.inFlight()).isOne();
        applier.fail(new IllegalStateException("no master"));
        time.advanceMillis(999);
        assertThat(applier.inFlight()).isZero();
        time.advanceMillis(1_001);
        assertThat(status("a").attempts()).isEqualTo(3);
    }

    @Test
    void keepsFailingSinceTheErrorAndTheAttemptsUntilOneSucceeds() {
        reconciler.desire(share("a", "/workspace/a"));
        applier.fail(new IllegalStateException("no master"));
        Instant failed = time.instant();

        time.advanceMillis(1_000);
        assertThat(status("a").state()).isEqualTo(ShareState.MOUNTING);
        assertThat(status("a").failingSince()).isEqualTo(failed);
        assertThat(status("a").error()).isEqualTo("no master");
        assertThat(status("a").attempts()).isEqualTo(2);
        applier.fail(new IllegalStateException("wrong key"));
        assertThat(status("a").failingSince()).isEqualTo(failed);
        assertThat(status("a").error()).isEqualTo("wrong key");
        reconciler.desire(share("a", "/workspace/b"));
        assertThat(status("a").failingSince()).isEqualTo(failed);
        assertThat(status("a").error()).isEqualTo("wrong key");
        assertThat(events).last().isEqualTo(new ShareEvent.Changed(status("a")));
        reconciler.desire(share("a", "/workspace/c")); // while the attempt runs
        assertThat(status("a").failingSince()).isEqualTo(failed);
        assertThat(status("a").error()).isEqualTo("wrong key");

        applier.succeed();

        assertThat(status("a").failingSince()).isNull();
        assertThat(status("a").error()).isNull();
    }

    @Test
    void showsTheProgressOfAMountUntilItEnds() {
        reconciler.desire(share("a", "/workspace/a"));
        applier.signals.onNext(new ShareSignal.Progress("a", "starting for 2 s"));
        assertThat(status("a").progress()).isEqualTo("starting for 2 s");
        assertThat(events).last().isEqualTo(new ShareEvent.Changed(status("a")));

        applier.succeed();

        assertThat(status("a").state()).isEqualTo(ShareState.MOUNTED);
        assertThat(status("a").progress()).isNull();
    }

    @Test
    void aDegradedShareStaysMountedAndShowsSinceWhen() {
        mounted("a", "/workspace/a");
        time.advanceMillis(1_000);
        Instant since = time.instant();
        applier.signals.onNext(new ShareSignal.Degraded("a", "a lookup does not answer"));
        time.advanceMillis(1_000);
        applier.signals.onNext(new ShareSignal.Degraded("a", "a lookup failed"));

        assertThat(status("a").state()).isEqualTo(ShareState.MOUNTED);
        assertThat(status("a").error()).isNull();
        assertThat(status("a").degraded()).isEqualTo("a lookup failed");
        assertThat(status("a").degradedSince()).isEqualTo(since);
        assertThat(events).last().isEqualTo(new ShareEvent.Changed(status("a")));
        assertThat(applier.inFlight()).isZero();

        applier.signals.onNext(new ShareSignal.Degraded("a", null));

        assertThat(status("a").degraded()).isNull();
        assertThat(status("a").degradedSince()).isNull();
    }

    @Test
    void aLossWhileAShareFailsDoesNotHideTheFailure() {
        mounted("a", "/workspace/a");
        reconciler.desire(share("a", "/workspace/b"));
        applier.fail(new ShareBusyException("a file is open"));
        Instant failed = time.instant();

        applier.signals.onNext(new ShareSignal.Lost("a", "the client died"));

        assertThat(status("a").failingSince()).isEqualTo(failed);
        assertThat(status("a").attempts()).isEqualTo(2);
    }

    @Test
    void aShareThatWaitsForABusyOneTakesThePlaceOnceItIsFree() {
        mounted("a", "/workspace/a");
        mounted("b", "/workspace/b");
        reconciler.desire(share("a", "/workspace/b"));
        reconciler.desire(share("b", "/workspace/a"));
        assertThat(applier.calls).last().isEqualTo("unmount b /workspace/b");
        applier.fail(new ShareBusyException("a file is open"));
        assertThat(status("b").state()).isEqualTo(ShareState.BUSY);

        time.advanceMillis(1_000);
        while (applier.inFlight() > 0) {
            applier.succeed();
        }

        assertThat(status("a").state()).isEqualTo(ShareState.MOUNTED);
        assertThat(status("b").state()).isEqualTo(ShareState.MOUNTED);
    }

    @Test
    void aShareThatWaitsForItsRetryLeavesItsOldPlaceAtOnceWhenAnotherNeedsIt() {
        mounted("a", "/workspace/a");
        reconciler.desire(share("a", "/workspace/b"));
        applier.fail(new IllegalStateException("no master"));
        assertThat(status("a").state()).isEqualTo(ShareState.RETRYING);

        reconciler.desire(share("b", "/workspace/a"));

        assertThat(applier.calls).last().isEqualTo("unmount a /workspace/a");
        applier.succeed();
        assertThat(applier.calls).contains("mount b /workspace/a");
    }

    @Test
    void givesUpAMountThatIsNoLongerWanted() {
        reconciler.desire(share("a", "/workspace/a"));

        reconciler.desire(ShareMount.unmount("a", "/workspace/a"));

        assertThat(applier.calls)
                .containsExactly("mount a /workspace/a", "cancelled mount a /workspace/a", "unmount a /workspace/a");
        applier.succeed();
        assertThat(status("a").state()).isEqualTo(ShareState.UNMOUNTED);
    }

    @Test
    void finishesAnUnmountBeforeItMountsAgain() {
        mounted("a", "/workspace/a");
        reconciler.desire(ShareMount.unmount("a", "/workspace/a"));

        reconciler.desire(share("a", "/workspace/b"));
        reconciler.desire(share("a", "/workspace/c"));
        assertThat(applier.inFlight()).isOne();
        applier.succeed();
        applier.succeed();

        assertThat(applier.calls)
                .containsExactly("mount a /workspace/a", "unmount a /workspace/a", "mount a /workspace/c");
        assertThat(status("a").state()).isEqualTo(ShareState.MOUNTED);
    }

    @Test
    void mountsALostShareAgainAtOnce() {
        mounted("a", "/workspace/a");

        applier.signals.onNext(new ShareSignal.Lost("a", "the client died"));

        assertThat(states("a")).contains(ShareState.LOST);
        assertThat(applier.inFlight()).isOne();
        applier.succeed();
        assertThat(status("a").state()).isEqualTo(ShareState.MOUNTED);
    }

    @Test
    void waitsBeforeItMountsAShareThatKeepsDying() {
        mounted("a", "/workspace/a");
        applier.signals.onNext(new ShareSignal.Lost("a", "the client died"));
        applier.succeed();

        applier.signals.onNext(new ShareSignal.Lost("a", "the client died"));

        assertThat(status("a").state()).isEqualTo(ShareState.LOST);
        assertThat(applier.inFlight()).isZero();
        time.advanceMillis(1_000);
        assertThat(applier.inFlight()).isOne();
    }

    @Test
    void leavesAStalledShareAlone() {
        mounted("a", "/workspace/a");

        applier.signals.onNext(new ShareSignal.Stalled("a", "silent for 1 s"));

        assertThat(status("a").state()).isEqualTo(ShareState.STALLED);
        assertThat(applier.inFlight()).isZero();
        applier.signals.onNext(new ShareSignal.Recovered("a"));
        assertThat(status("a").state()).isEqualTo(ShareState.MOUNTED);
    }

    @Test
    void waitsForAStalledMountThatItFoundAtStart() {
        reconciler.desire(share("a", "/workspace/a"));

        applier.fail(new ShareStalledException("it does not answer"));

        assertThat(status("a").state()).isEqualTo(ShareState.STALLED);
        assertThat(time.scheduled()).isZero();
        applier.signals.onNext(new ShareSignal.Recovered("a"));
        assertThat(status("a").state()).isEqualTo(ShareState.MOUNTED);
    }

    @Test
    void doesNotMissALossThatComesBeforeTheSuccessItself() {
        reconciler.desire(share("a", "/workspace/a"));
        applier.signals.onNext(new ShareSignal.Lost("a", "the client died"));

        applier.succeed();

        assertThat(states("a")).contains(ShareState.LOST);
        assertThat(applier.inFlight()).isOne();
    }

    @Test
    void waitsBeforeItMountsAShareThatKeepsDyingBeforeItsSuccessIsHeard() {
        mounted("a", "/workspace/a");
        applier.signals.onNext(new ShareSignal.Lost("a", "the client died"));
        applier.signals.onNext(new ShareSignal.Lost("a", "the client died again"));

        applier.succeed();

        assertThat(status("a").state()).isEqualTo(ShareState.LOST);
        assertThat(applier.inFlight()).isZero();
        time.advanceMillis(1_000);
        assertThat(applier.inFlight()).isOne();
    }

    @Test
    void rejectsTheLaterOfTwoOverlappingSharesUntilThePlaceIsFree() {
        mounted("a", "/workspace/a");

        reconciler.desire(share("b", "/workspace/a/inside"));

        assertThat(status("b").state()).isEqualTo(ShareState.REJECTED);
        assertThat(status("b").error()).contains("'a'");
        reconciler.desire(ShareMount.unmount("a", "/workspace/a"));
        applier.succeed();
        applier.succeed();
        assertThat(status("b").state()).isEqualTo(ShareState.MOUNTED);
    }

    @Test
    void neverUnmountsAPlaceThatAnotherShareHolds() {
        mounted("a", "/workspace/a");
        reconciler.desire(share("b", "/workspace/a"));

        reconciler.desire(ShareMount.unmount("b", "/workspace/a"));
        applier.succeed();

        assertThat(applier.calls).containsExactly("mount a /workspace/a", "unmount b ");
        assertThat(status("a").state()).isEqualTo(ShareState.MOUNTED);
    }

    @Test
    void triesAShareAgainWhoseMountPointIsForeign() {
        reconciler.desire(share("a", "/workspace/a"));

        applier.fail(new ShareRefusedException(Reason.PLACE_TAKEN, "a foreign mount is there"));

        assertThat(status("a").state()).isEqualTo(ShareState.REJECTED);
        time.advanceMillis(1_000);
        applier.succeed();
        assertThat(status("a").state()).isEqualTo(ShareState.MOUNTED);
    }

    @Test
    void runsNoMoreAtATimeThanAllowed() {
        ShareReconciler narrow = reconciler(Map.of("heddle.mounts.parallelism", "2"));

        for (String id : List.of("a", "b", "c", "d")) {
            narrow.desire(share(id, "/workspace/" + id));
        }

        assertThat(applier.inFlight()).isEqualTo(2);
        applier.succeed();
        assertThat(applier.calls).last().isEqualTo("mount c /workspace/c");
        assertThat(narrow.statuses())
                .extracting(ShareStatus::state)
                .containsExactly(ShareState.MOUNTED, ShareState.MOUNTING, ShareState.MOUNTING, ShareState.PENDING);
    }

    @Test
    void unmountsEverythingWhenItStops() {
        mounted("a", "/workspace/a");
        mounted("b", "/workspace/b");
        reconciler.desire(share("c", "/workspace/c"));

        var stopped = reconciler.stop(false).subscribeAsCompletionStage();
        assertThat(applier.calls).contains("cancelled mount c /workspace/c");
        applier.succeed();
        applier.fail(new ShareBusyException("a file is open"));
        applier.succeed();

        assertThat(stopped).isCompleted();
        assertThat(status("a").state()).isEqualTo(ShareState.UNMOUNTED);
        assertThat(status("b").state()).isEqualTo(ShareState.MOUNTED);
    }

    @Test
    void leavesEverythingWhenItIsToldToKeep() {
        mounted("a", "/workspace/a");

        assertThat(reconciler.stop(true).subscribeAsCompletionStage()).isCompleted();
        assertThat(applier.calls).containsExactly("mount a /workspace/a");
    }

    @Test
    void asksForItsPlaceAgainWhenWhatIsWantedChangedInTheQueue() {
        ShareReconciler narrow = reconciler(Map.of("heddle.mounts.parallelism", "1"));
        narrow.desire(share("first", "/workspace/first"));
        narrow.desire(share("a", "/workspace/a"));
        narrow.desire(share("b", "/workspace/b"));

        narrow.desire(share("a", "/workspace/b/inside"));
        applier.succeed();
        applier.succeed();

        assertThat(applier.calls).containsExactly("mount first /workspace/first", "mount b /workspace/b");
        assertThat(narrow.statuses())
                .extracting(ShareStatus::state)
                .containsExactly(ShareState.MOUNTED, ShareState.REJECTED, ShareState.MOUNTED);
    }

    @Test
    void anApplierThatThrowsFailsTheAttemptOnly() {
        ShareApplier throwing = new ShareApplier() {
            @Override
            public Uni<Void> mount(ShareMount share) {
                throw new IllegalArgumentException("not like this");
            }

            @Override
            public Uni<Void> unmount(ShareMount share) {
                throw new IllegalArgumentException("nor like that");
            }
        };
        ShareReconciler narrow = new ShareReconciler(
                throwing,
                Configs.of(MountsConfig.class, Map.of("heddle.mounts.parallelism", "1")),
                time,
                time,
                events::add);

        narrow.desire(share("a", "/workspace/a"));
        narrow.desire(share("b", "/workspace/b"));

        assertThat(narrow.statuses())
                .extracting(ShareStatus::state, ShareStatus::error)
                .containsExactly(
                        tuple(ShareState.RETRYING, "not like this"), tuple(ShareState.RETRYING, "not like this"));
    }

    @Test
    void neverCallsTheApplierTwiceForAShareThatIsBeingUnmountedWhenItStops() {
        mounted("a", "/workspace/a");
        reconciler.desire(ShareMount.unmount("a", "/workspace/a"));

        var stopped = reconciler.stop(false).subscribeAsCompletionStage();

        assertThat(applier.inFlight()).isOne();
        applier.succeed();
        assertThat(stopped).isCompleted();
        assertThat(status("a").state()).isEqualTo(ShareState.UNMOUNTED);
    }

    @Test
    void forgetsOnlyWhatIsUnmountedAndMeantToBe() {
        mounted("a", "/workspace/a");
        assertThat(reconciler.forget("a")).isFalse();
        reconciler.desire(ShareMount.unmount("a", "/workspace/a"));
        assertThat(reconciler.forget("a")).isFalse();
        applier.succeed();

        assertThat(reconciler.forget("a")).isTrue();

        assertThat(reconciler.statuses()).isEmpty();
    }

    @Test
    void tellsEveryAttempt() {
        reconciler.desire(share("a", "/workspace/a"));
        applier.fail(new IllegalStateException("no"));
        time.advanceMillis(1_000);
        applier.succeed();

        assertThat(events.stream()
                        .filter(ShareEvent.Attempted.class::isInstance)
                        .map(ShareEvent.Attempted.class::cast))
                .extracting(ShareEvent.Attempted::action, ShareEvent.Attempted::result)
                .containsExactly(tuple(Action.MOUNT, "error"), tuple(Action.MOUNT, "ok"));
    }

    @Test
    void triesAtOnceWhenAFailedShareIsPublishedAgain() {
        reconciler.desire(share("a", "/workspace/a"));
        applier.fail(new IllegalStateException("no"));

        reconciler.desire(share("a", "/workspace/a"));

        assertThat(applier.inFlight()).isOne();
        assertThat(time.scheduled()).isZero();
    }

    private void mounted(String id, String mountPoint) {
        reconciler.desire(share(id, mountPoint));
        applier.succeed();
    }

    private ShareReconciler reconciler(Map<String, String> settings) {
        return new ShareReconciler(applier, Configs.of(MountsConfig.class, settings), time, time, events::add);
    }

    private ShareStatus status(String id) {
        return reconciler.statuses().stream()
                .filter(status -> status.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private List<ShareState> states(String id) {
        return events.stream()
                .filter(ShareEvent.Changed.class::isInstance)
                .map(event -> ((ShareEvent.Changed) event).status())
                .filter(status -> status.id().equals(id))
                .map(ShareStatus::state)
                .toList();
    }

    private static ShareMount share(String id, String mountPoint) {
        CubeFs source = new CubeFs("volume", List.of("127.0.0.1:17010"), "owner", Secret.NONE, Secret.NONE, "");
        return new ShareMount(id, Action.MOUNT, ShareMount.CUBEFS, mountPoint, false, source);
    }
}
