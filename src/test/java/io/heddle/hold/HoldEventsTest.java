package io.heddle.hold;

import static io.heddle.hold.Rig.TTL;
import static io.heddle.hold.Rig.call;
import static io.heddle.hold.Rig.file;
import static io.heddle.hold.Rig.get;
import static io.heddle.hold.Rig.rightAgain;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.HoldEvent.Announced;
import io.heddle.hold.HoldEvent.Corrupt;
import io.heddle.hold.HoldEvent.Expired;
import io.heddle.hold.HoldEvent.Reason;
import io.heddle.hold.HoldEvent.Released;
import io.heddle.hold.HoldEvent.Reset;
import io.heddle.hold.HoldEvent.Synced;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HoldEventsTest {

    /** Long enough for every pause between two attempts to be at its longest. */
    private static final Duration AWAY = Duration.ofSeconds(2);

    private final Rig rig = new Rig();

    @AfterEach
    void end() {
        rig.close();
    }

    @Test
    void theSnapshotComesFirstThenWhatHappensInOrder() {
        KvHolds holds = rig.holds();
        KvHolds others = rig.holds();
        Grant before = get(holds.announce(new HoldRequest(file("before"), "a", TTL)));
        await().until(() -> others.status().revision() >= before.hold().revision());
        AssertSubscriber<HoldEvent> events =
                others.subscribe().subscribe().withSubscriber(AssertSubscriber.create(100));

        // One after the other: the bucket keeps the latest entry of a file, so a watch need not see those before it.
        Grant grant = get(holds.announce(new HoldRequest(file("x"), "a", TTL)));
        await().until(() -> events.getItems().size() == 3);
        Grant renewal = get(holds.announce(new HoldRequest(file("x"), "a", TTL)));
        await().until(() -> events.getItems().size() == 4);
        get(holds.release(file("x"), "a"));
        get(holds.forceRelease(file("before"), "admin"));
        Grant given = get(holds.announce(new HoldRequest(file("y"), "a", TTL)));
        await().until(() -> events.getItems().size() == 7);
        get(holds.transfer(file("y"), given.token(), "b"));

        await().until(() -> events.getItems().size() == 9);
        List<HoldEvent> seen = events.getItems();
        assertThat(seen.get(0)).isInstanceOfSatisfying(Announced.class, event -> assertThat(event.file())
                .isEqualTo(file("before")));
        assertThat(seen.get(1)).isEqualTo(new Synced(before.hold().revision()));
        assertThat(seen.get(2)).isInstanceOfSatisfying(Announced.class, event -> {
            assertThat(event.renewal()).isFalse();
            assertThat(event.hold().token()).isEqualTo(grant.token());
        });
        assertThat(seen.get(3)).isInstanceOfSatisfying(Announced.class, event -> {
            assertThat(event.renewal()).isTrue();
            assertThat(event.revision()).isEqualTo(renewal.hold().revision());
        });
        assertThat(seen.get(4)).isInstanceOfSatisfying(Released.class, event -> {
            assertThat(event.reason()).isEqualTo(Reason.RELEASED);
            assertThat(event.by()).isEqualTo("a");
        });
        assertThat(seen.get(5)).isInstanceOfSatisfying(Released.class, event -> {
            assertThat(event.reason()).isEqualTo(Reason.FORCED);
            assertThat(event.by()).isEqualTo("admin");
        });
        assertThat(seen.get(7)).isInstanceOfSatisfying(Released.class, event -> assertThat(event.reason())
                .isEqualTo(Reason.TRANSFERRED));
        assertThat(seen.get(8)).isInstanceOfSatisfying(Announced.class, event -> assertThat(
                        event.hold().holder())
                .isEqualTo("b"));
        assertThat(seen).extracting(HoldEvent::revision).isSorted();
    }

    @Test
    void everyExpiryIsReportedOnceAndTheEntryIsDeleted() {
        KvHolds holds = rig.holds("sweep-grace", "100ms");
        KvHolds others = rig.holds("sweep-grace", "100ms");
        AssertSubscriber<HoldEvent> events =
                others.subscribe().subscribe().withSubscriber(AssertSubscriber.create(1000));
        List<Grant> grants = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            grants.add(get(holds.announce(new HoldRequest(file("e" + i), "a", Duration.ofMillis(500 + 10 * i)))));
        }

        await().until(() -> rig.bucket().keys().isEmpty());

        await().until(() -> expired(events).size() == 10);
        for (Grant grant : grants) {
            assertThat(expired(events))
                    .filteredOn(event -> event.hold().token() == grant.token())
                    .hasSize(1);
        }
        assertThat(events.getItems()).noneMatch(event -> event instanceof Released);
        assertThat(get(holds.list(HoldFilter.ALL))).isEmpty();
    }

    @Test
    void aGoProgramsHoldExpiresInTheBrokersTimeWhateverItsClock() {
        KvHolds holds = rig.holds();
        AssertSubscriber<HoldEvent> events = holds.subscribe().subscribe().withSubscriber(AssertSubscriber.create(100));
        byte[] value = Rig.goValue("go", Instant.now().minusSeconds(3600), Duration.ofSeconds(1));

        long begin = System.nanoTime();
        call(() -> rig.bucket().put(HoldKey.of(file("go")).text(), value));

        await().until(() -> expired(events).size() == 1);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofSeconds(1));
    }

    @Test
    void whoGoesOnAtAnotherProcessMissesNoExpiryAndNothingTwiceAtTheSameOne() {
        KvHolds one = rig.holds();
        KvHolds two = rig.holds();
        AssertSubscriber<LoggedHoldEvent> atOne = follow(one, null);
        AssertSubscriber<LoggedHoldEvent> atTwo = follow(two, null);
        await().until(() -> atOne.getItems().size() == 1 && atTwo.getItems().size() == 1);
        get(one.announce(new HoldRequest(file("short"), "a", Duration.ofMillis(300))));
        await().until(() -> atOne.getItems().size() == 3 && atTwo.getItems().size() == 3);
        get(one.announce(new HoldRequest(file("after"), "a", TTL)));
        await().until(() -> atOne.getItems().size() == 4 && atTwo.getItems().size() == 4);
        HoldEventId announced = atOne.getItems().get(1).id();
        HoldEventId last = atOne.getItems().get(3).id();

        AssertSubscriber<LoggedHoldEvent> sameOne = follow(one, announced);
        AssertSubscriber<LoggedHoldEvent> otherOne = follow(two, announced);
        AssertSubscriber<LoggedHoldEvent> sameEnd = follow(one, last);
        AssertSubscriber<LoggedHoldEvent> otherEnd = follow(two, HoldEventId.parse(last.toString()));
        get(two.release(file("after"), "a"));

        await().until(() ->
                sameEnd.getItems().size() == 1 && otherEnd.getItems().size() == 2);
        assertThat(last.epoch()).isEqualTo(atTwo.getItems().get(3).id().epoch());
        assertThat(sameEnd.getItems().get(0).event()).isInstanceOf(Released.class);
        assertThat(otherEnd.getItems().get(0).event())
                .as("again rather than never")
                .isInstanceOf(Expired.class);
        assertThat(otherEnd.getItems().get(1).event()).isInstanceOf(Released.class);
        await().until(() ->
                sameOne.getItems().size() == 3 && otherOne.getItems().size() == 3);
        assertThat(sameOne.getItems())
                .extracting(logged -> logged.event().getClass().getSimpleName())
                .containsExactly("Expired", "Announced", "Released");
        assertThat(otherOne.getItems())
                .extracting(logged -> logged.event().getClass().getSimpleName())
                .containsExactly("Expired", "Announced", "Released");
    }

    private static AssertSubscriber<LoggedHoldEvent> follow(KvHolds holds, HoldEventId last) {
        return holds.follow(last, 100).subscribe().withSubscriber(AssertSubscriber.create(100));
    }

    @Test
    void corruptEntriesAreReportedAndStopNothing() {
        KvHolds holds = rig.holds();
        AssertSubscriber<HoldEvent> events = holds.subscribe().subscribe().withSubscriber(AssertSubscriber.create(100));

        call(() -> rig.bucket().put("not-a-path", "x"));
        call(() -> rig.bucket().put(HoldKey.of(file("c")).text(), "x"));
        get(holds.announce(new HoldRequest(file("fine"), "a", TTL)));

        await().until(() -> events.getItems().size() == 4);
        assertThat(events.getItems().get(1)).isInstanceOfSatisfying(Corrupt.class, event -> {
            assertThat(event.file()).isNull();
            assertThat(event.key()).isEqualTo("not-a-path");
        });
        assertThat(events.getItems().get(2).file()).isEqualTo(file("c"));
        assertThat(events.getItems().get(3)).isInstanceOf(Announced.class);
        assertThat(get(holds.forceReleaseKey("not-a-path", "admin"))).isTrue();
        assertThat(get(holds.forceReleaseKey("not-a-path", "admin"))).isFalse();
    }

    @Test
    void whoComesBackGetsWhatHappenedSinceOrASnapshot() {
        KvHolds holds = rig.holds("resume-log", "4");
        Grant first = get(holds.announce(new HoldRequest(file("r0"), "a", TTL)));
        Grant second = get(holds.announce(new HoldRequest(file("r1"), "a", TTL)));
        await().until(() -> holds.status().revision() == second.hold().revision());

        AssertSubscriber<HoldEvent> resumed =
                holds.subscribe(first.hold().revision()).subscribe().withSubscriber(AssertSubscriber.create(100));
        await().until(() -> resumed.getItems().size() == 1);
        assertThat(resumed.getItems().get(0).file()).isEqualTo(file("r1"));

        IntStream.range(2, 8).forEach(i -> get(holds.announce(new HoldRequest(file("r" + i), "a", TTL))));
        await().until(() -> resumed.getItems().size() == 7);
        AssertSubscriber<HoldEvent> late =
                holds.subscribe(first.hold().revision()).subscribe().withSubscriber(AssertSubscriber.create(100));
        await().until(() -> late.getItems().size() == 10);
        assertThat(late.getItems().get(0)).isInstanceOf(Reset.class);
        assertThat(late.getItems().get(9)).isInstanceOf(Synced.class);
    }

    @Test
    void theSnapshotNeedsNoRoomInTheBuffer() {
        KvHolds holds = rig.holds("event-buffer", "1");
        IntStream.range(0, 200).forEach(i -> get(holds.announce(new HoldRequest(file("s" + i), "a", TTL))));
        await().until(() -> holds.status().held() == 200);

        AssertSubscriber<HoldEvent> events = holds.subscribe().subscribe().withSubscriber(AssertSubscriber.create(1));
        await().until(() -> events.getItems().size() == 1);
        events.request(300);

        await().until(() -> events.getItems().size() == 201);
        assertThat(events.getItems().get(200)).isInstanceOf(Synced.class);
    }

    @Test
    void aRecreatedBucketIsReadAgainAndItsTokensKeepRising() {
        KvHolds holds = rig.holds();
        KvHolds others = rig.holds();
        Grant old = get(holds.announce(new HoldRequest(file("old"), "a", TTL)));
        AssertSubscriber<HoldEvent> events =
                others.subscribe().subscribe().withSubscriber(AssertSubscriber.create(100));
        await().until(() -> events.getItems().size() == 2);

        var management = call(() -> rig.raw().keyValueManagement());
        call(() -> {
            management.delete(Rig.BUCKET);
            return true;
        });
        await().pollInterval(Duration.ofMillis(1))
                .until(() -> call(management::getBucketNames).contains(Rig.BUCKET));
        long back = System.nanoTime();

        rightAgain("the bucket was deleted and made again", back, () -> isReadAgain(events, others));
        Grant next = get(holds.announce(new HoldRequest(file("old"), "b", TTL)));
        assertThat(next.token()).isGreaterThan(old.token());
        await().until(() -> last(events) instanceof Announced);
    }

    @Test
    void aBucketThatAnotherClientRecreatesIsReadAgain() {
        KvHolds holds = rig.holds();
        get(holds.announce(new HoldRequest(file("old"), "a", TTL)));
        AssertSubscriber<HoldEvent> events = holds.subscribe().subscribe().withSubscriber(AssertSubscriber.create(100));
        await().until(() -> events.getItems().size() == 2);
        var management = call(() -> rig.raw().jetStreamManagement());
        var configuration =
                call(() -> management.getStreamInfo("KV_" + Rig.BUCKET)).getConfiguration();

        call(() -> management.deleteStream("KV_" + Rig.BUCKET));
        call(() -> management.addStream(configuration));
        long back = System.nanoTime();

        rightAgain(
                "the bucket was deleted, and created by another client at once",
                back,
                () -> isReadAgain(events, holds));
    }

    @Test
    void aWipedStoreIsReadAgainAndItsTokensKeepRising() {
        KvHolds holds = rig.holds();
        Grant old = get(holds.announce(new HoldRequest(file("old"), "a", TTL)));
        AssertSubscriber<HoldEvent> events = holds.subscribe().subscribe().withSubscriber(AssertSubscriber.create(100));

        rig.server.kill();
        rig.server.wipe();
        await().pollDelay(AWAY).until(() -> !holds.status().ready());
        rig.server.start();
        long back = System.nanoTime();

        rightAgain("the store was wiped", back, () -> isReadAgain(events, holds));
        assertThat(get(holds.announce(new HoldRequest(file("old"), "b", TTL))).token())
                .isGreaterThan(old.token());
    }

    @Test
    void aRestartLosesNothing() {
        KvHolds holds = rig.holds();
        AssertSubscriber<HoldEvent> events = holds.subscribe().subscribe().withSubscriber(AssertSubscriber.create(100));
        Grant grant = get(holds.announce(new HoldRequest(file("kept"), "a", TTL)));

        rig.server.stop();
        await().pollDelay(AWAY).until(() -> !holds.status().ready());
        rig.server.start();
        long back = System.nanoTime();
        rig.put(file("meanwhile"));

        rightAgain(
                "the server was restarted",
                back,
                () -> last(events) instanceof Announced event
                        && event.file().equals(file("meanwhile"))
                        && holds.status().ready()
                        && holds.status().held() == 2);
        assertThat(get(holds.announce(new HoldRequest(file("kept"), "a", TTL))).token())
                .isEqualTo(grant.token());
        await().until(() -> events.getItems().size() == 4);
        assertThat(events.getItems().get(3))
                .isInstanceOfSatisfying(
                        Announced.class, event -> assertThat(event.renewal()).isTrue());
    }

    @Test
    void aBucketOfAnotherClientIsUsedUnchanged() {
        rig.makeBucket(Duration.ofSeconds(7));

        KvHolds holds = rig.holds();

        assertThat(holds.status().maxTtl()).isEqualTo(Duration.ofSeconds(7));
        assertThat(Rig.failure(holds.announce(new HoldRequest(file("x"), "a", Duration.ofSeconds(8)))))
                .isInstanceOf(InvalidTtlException.class);
        assertThat(call(() -> rig.raw().keyValueManagement().getStatus(Rig.BUCKET))
                        .getTtl())
                .isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void aReconfiguredBucketIsDetectedAndRestoredIfConfigured() {
        KvHolds watching = rig.holds("calibration-interval", "200ms");
        get(watching.announce(new HoldRequest(file("x"), "a", Duration.ofSeconds(200))));
        var management = call(() -> rig.raw().jetStreamManagement());
        var is = call(() -> management.getStreamInfo("KV_" + Rig.BUCKET)).getConfiguration();
        var shorter = io.nats.client.api.StreamConfiguration.builder(is)
                .maxAge(Duration.ofSeconds(150))
                .build();
        call(() -> management.updateStream(shorter));

        await().until(() -> watching.status().warning().isPresent());

        assertThat(watching.status().maxTtl()).isEqualTo(Duration.ofSeconds(150));
        Hold shortened = get(watching.list(HoldFilter.ALL)).get(0);
        assertThat(Duration.between(shortened.claimedAt(), shortened.endsAt())).isLessThan(Duration.ofSeconds(152));

        KvHolds restoring = rig.holds("calibration-interval", "200ms", "restore-bucket", "true");
        call(() -> management.updateStream(is));
        await().until(() -> call(() -> management.getStreamInfo("KV_" + Rig.BUCKET))
                .getConfiguration()
                .getMaxAge()
                .equals(Duration.ofSeconds(150)));
        await().until(() -> restoring.status().warning().isEmpty());
    }

    private static boolean isReadAgain(AssertSubscriber<HoldEvent> events, KvHolds holds) {
        return events.getItems().stream().anyMatch(event -> event instanceof Reset)
                && last(events) instanceof Synced
                && holds.status().ready()
                && holds.status().held() == 0;
    }

    private static HoldEvent last(AssertSubscriber<HoldEvent> events) {
        return events.getItems().get(events.getItems().size() - 1);
    }

    private static List<Expired> expired(AssertSubscriber<HoldEvent> events) {
        return events.getItems().stream()
                .filter(event -> event instanceof Expired)
                .map(event -> (Expired) event)
                .toList();
    }
}
