package io.heddle.hold;

import static io.heddle.hold.Rig.call;
import static io.heddle.hold.Rig.failure;
import static io.heddle.hold.Rig.file;
import static io.heddle.hold.Rig.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.heddle.nats.Observation;
import io.heddle.testsupport.NatsProxy;
import io.nats.client.KeyValue;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A broker that is stopped while it has a write in its socket, and stores it late. A Go program goes by {@code expires_at}, so the
 * holder must too; a contender of Heddle goes by the time of storage.
 */
class HoldStoredLateTest {

    private static final Duration TTL = Duration.ofSeconds(3);
    private static final Duration SHORTER = Duration.ofSeconds(2);
    /** The broker's time is certainly after the ttl then: its error grows by 18 % of the time without an answer. */
    private static final Duration LONGER = Duration.ofMillis(4_600);

    private Rig rig;
    private KvHolds holds;
    private KvHolds others;

    @BeforeEach
    void begin() {
        rig = new Rig();
        holds = rig.holds("request-timeout", "15s", "call-timeout", "15s");
        others = rig.holds();
    }

    @AfterEach
    void end() {
        rig.close();
    }

    @Test
    void whoGoesByExpiresAtAndTheHolderNeverHaveTheFileBoth() {
        FilePath file = file("late");
        Grant grant = stopped(SHORTER, holds.announce(new HoldRequest(file, "a", TTL)));

        assertOnlyThePeerHasItAfter(file, grant);
        assertThat(grant.hold().endsAt()).isBeforeOrEqualTo(grant.hold().expiresAt());
        assertThat(get(others.whoHas(file)).map(Hold::holder)).contains("go");
    }

    @Test
    void theSameForARenewal() {
        FilePath file = file("renewed");
        get(holds.announce(new HoldRequest(file, "a", TTL)));
        Grant renewal = stopped(SHORTER, holds.announce(new HoldRequest(file, "a", TTL)));

        assertThat(renewal.renewal()).isTrue();
        assertOnlyThePeerHasItAfter(file, renewal);
    }

    @Test
    void theSameForATransfer() {
        FilePath file = file("transferred");
        Grant grant = get(holds.announce(new HoldRequest(file, "a", TTL)));

        Grant transfer = stopped(SHORTER, holds.transfer(file, grant.token(), "b"));

        assertOnlyThePeerHasItAfter(file, transfer);
    }

    @Test
    void aContenderWaitsForTheLaterEnd() {
        FilePath file = file("contended");
        Grant grant = stopped(SHORTER, holds.announce(new HoldRequest(file, "a", TTL)));
        await().until(() -> get(holds.remaining(file, grant.token())).isZero());

        Throwable refusal = failure(others.announce(new HoldRequest(file, "b", TTL)));

        assertThat(refusal).isInstanceOf(HeldByAnotherException.class);
        assertThat(((HeldByAnotherException) refusal).hold().endsAt())
                .isAfter(grant.hold().expiresAt().plusSeconds(1));
    }

    @Test
    void aGrantThatHasEndedWhenItIsStoredIsMadeAgain() {
        FilePath file = file("over");

        Grant grant = stopped(LONGER, holds.announce(new HoldRequest(file, "a", TTL)));

        assertThat(grant.renewal()).isFalse();
        Hold asserted = get(holds.assertHeld(file, grant.token(), Duration.ofSeconds(1)));
        assertThat(asserted.revision()).isEqualTo(grant.hold().revision());
        assertThat(asserted.endsAt()).isBeforeOrEqualTo(asserted.expiresAt());
    }

    @Test
    void aGrantThatEndsBeforeItsCallDoesIsUnknownAndRolledBack() {
        FilePath file = file("unanswered");
        KvHolds impatient = rig.holds("request-timeout", "15s", "call-timeout", "1s");

        Throwable failure = stopped(
                LONGER,
                impatient
                        .announce(new HoldRequest(file, "a", TTL))
                        .onItemOrFailure()
                        .transform((grant, refusal) -> refusal == null ? new AssertionError(grant) : refusal));

        assertThat(failure).isInstanceOf(OutcomeUnknownException.class).hasMessageContaining("after it had ended");
        await().atMost(Duration.ofSeconds(2))
                .until(() -> get(others.whoHas(file)).isEmpty());
    }

    @Test
    void aTransferThatHasEndedWhenItIsStoredIsLost() {
        FilePath file = file("lost-transfer");
        Grant grant = get(holds.announce(new HoldRequest(file, "a", TTL)));

        Throwable failure = stopped(
                LONGER,
                holds.transfer(file, grant.token(), "b")
                        .onItemOrFailure()
                        .transform((passed, refusal) -> refusal == null ? new AssertionError(passed) : refusal));

        assertThat(failure).isInstanceOf(HoldLostException.class);
        await().atMost(Duration.ofSeconds(2))
                .until(() -> get(others.whoHas(file)).isEmpty());
    }

    @Test
    void aLeaseOverALateGrantIsInForceOrLostInTime() {
        FilePath file = file("lease");
        HoldLease lease = stopped(Duration.ofMillis(2_700), holds.acquire(new HoldRequest(file, "a", TTL)));

        takeWhenExpired(file);

        assertThat(lease.isInForce()).isFalse();
        assertThat(get(lease.lost())).isNotNull();
    }

    /** Its second file is refused its answer for longer than the first one's hold lasts. */
    @Test
    void aBatchWhoseFirstGrantHasEndedIsNone() {
        List<FilePath> files = List.of(file("batch/1"), file("batch/2"));
        CompletableFuture<Boolean> second = new CompletableFuture<>();
        CompletableFuture<Boolean> goOn = new CompletableFuture<>();
        KvHolds slow = rig.holds(NatsProxy.before(rig.server), new HoldsListener() {
            @Override
            public Observation<Grant> announcing(FilePath file, String holder) {
                if (file.equals(files.get(1))) {
                    second.complete(true);
                    goOn.join();
                }
                return Observation.none();
            }
        });
        UniAssertSubscriber<List<Grant>> batch = UniAssertSubscriber.create();
        var unused = CompletableFuture.runAsync(() -> slow.announceAll(files.stream()
                        .map(file -> new HoldRequest(file, "a", Duration.ofMillis(400)))
                        .toList())
                .subscribe()
                .withSubscriber(batch));
        second.join();
        await().until(() -> get(others.whoHas(files.get(0))).isEmpty());
        goOn.complete(true);

        batch.awaitFailure().assertFailedWith(HoldLostException.class);
        assertThat(files)
                .allSatisfy(file -> assertThat(get(others.whoHas(file))).isEmpty());
    }

    /** What a call answers that the broker gets at once and carries out after a while. */
    private <T> T stopped(Duration length, Uni<T> call) {
        rig.server.freeze();
        UniAssertSubscriber<T> answer = call.subscribe().withSubscriber(UniAssertSubscriber.create());
        await().pollDelay(length).atMost(length.plusSeconds(2)).until(() -> true);
        rig.server.thaw();
        return answer.awaitItem(Duration.ofSeconds(15)).getItem();
    }

    private void assertOnlyThePeerHasItAfter(FilePath file, Grant grant) {
        takeWhenExpired(file, () -> {
            assertThat(failure(holds.assertHeld(file, grant.token(), Duration.ZERO)))
                    .isInstanceOf(HoldLostException.class);
            assertThat(get(holds.remaining(file, grant.token()))).isZero();
        });
    }

    private void takeWhenExpired(FilePath file) {
        takeWhenExpired(file, () -> {});
    }

    /** Takes the file as a Go program does: by {@code expires_at}, and with an unconditional deletion. */
    private void takeWhenExpired(FilePath file, Runnable before) {
        KeyValue bucket = rig.bucket();
        String key = HoldKey.of(file).text();
        JsonNode json = Vectors.json(new String(call(() -> bucket.get(key)).getValue(), StandardCharsets.UTF_8));
        Instant expires = Instant.parse(json.get("expires_at").asText());
        await().pollInterval(Duration.ofMillis(5)).until(() -> Instant.now().isAfter(expires));
        before.run();
        call(() -> {
            bucket.delete(key);
            return bucket.create(key, Rig.goValue("go", Instant.now(), TTL));
        });
    }
}
