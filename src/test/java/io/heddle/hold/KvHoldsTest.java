package io.heddle.hold;

import static io.heddle.hold.Rig.TTL;
import static io.heddle.hold.Rig.call;
import static io.heddle.hold.Rig.failure;
import static io.heddle.hold.Rig.file;
import static io.heddle.hold.Rig.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueStatus;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The primitives, against a real broker. Every test has a file of its own. */
class KvHoldsTest {

    private static Rig rig;
    private static KvHolds holds;
    private static KvHolds others;

    @BeforeAll
    static void begin() {
        rig = new Rig();
        holds = rig.holds();
        others = rig.holds();
    }

    @AfterAll
    static void end() {
        rig.close();
    }

    @Test
    void aVacantFileIsGrantedWithAToken() {
        FilePath file = file("vacant");

        Grant grant = get(holds.announce(new HoldRequest(file, "a", TTL, "/checkout")));

        assertThat(grant.renewal()).isFalse();
        assertThat(grant.token()).isEqualTo(grant.hold().revision()).isPositive();
        Hold seen = get(others.whoHas(file)).orElseThrow();
        assertThat(seen.holder()).isEqualTo("a");
        assertThat(seen.token()).isEqualTo(grant.token());
        assertThat(seen.checkoutPath()).isEqualTo("/checkout");
        assertThat(seen.endsAt()).isAfterOrEqualTo(grant.hold().endsAt());
        assertThat(Duration.between(seen.claimedAt(), seen.expiresAt())).isEqualTo(TTL);
    }

    @Test
    void oneOwnsFileIsRenewedUnderTheSameToken() {
        FilePath file = file("renewed");
        Grant first = get(holds.announce(new HoldRequest(file, "a", TTL)));

        Grant second = get(others.announce(new HoldRequest(file, "a", TTL)));

        assertThat(second.renewal()).isTrue();
        assertThat(second.token()).isEqualTo(first.token());
        assertThat(second.hold().revision()).isGreaterThan(first.hold().revision());
        assertThat(second.hold().claimedAt())
                .as("computed again, by another clock")
                .isNotEqualTo(first.hold().claimedAt());
        assertThat(get(holds.whoHas(file)).orElseThrow().token()).isEqualTo(first.token());
    }

    /** It is not read from the bucket but taken from the call: both have to come to the same. */
    @Test
    void onesOwnHoldsAreSeenAsOthersSeeThem() {
        List<Long> revisions = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            revisions.add(get(holds.announce(new HoldRequest(file("own-" + i), "owner", TTL, "/checkout")))
                    .hold()
                    .revision());
            revisions.add(get(holds.announce(new HoldRequest(file("own-" + i), "owner", TTL, "/elsewhere")))
                    .hold()
                    .revision());
        }
        long last = Collections.max(revisions);
        await().until(() -> holds.status().revision() >= last && others.status().revision() >= last);

        assertThat(get(holds.list(new HoldFilter(null, "owner"))))
                .hasSize(200)
                .isEqualTo(get(others.list(new HoldFilter(null, "owner"))));
    }

    @Test
    void anothersFileIsRefusedWithItsHolder() {
        FilePath file = file("refused");
        Grant grant = get(holds.announce(new HoldRequest(file, "a", TTL)));

        Throwable refusal = failure(others.announce(new HoldRequest(file, "b", TTL)));

        assertThat(refusal).isInstanceOf(HeldByAnotherException.class);
        Hold holder = ((HeldByAnotherException) refusal).hold();
        assertThat(holder.holder()).isEqualTo("a");
        assertThat(holder.token()).isEqualTo(grant.token());
    }

    @Test
    void anIndexThatIsBehindNeverGrantsOverALiveHold() {
        for (int i = 0; i < 300; i++) {
            FilePath file = file("behind/" + i);
            Grant grant = get(holds.announce(new HoldRequest(file, "a", TTL)));
            assertThat(failure(others.announce(new HoldRequest(file, "b", TTL))))
                    .isInstanceOf(HeldByAnotherException.class);
            assertThat(get(others.release(file, "a"))).isEqualTo(ReleaseOutcome.RELEASED);
            assertThat(get(holds.announce(new HoldRequest(file, "a", TTL))).token())
                    .isGreaterThan(grant.token());
        }
    }

    @Test
    void aReleasedFileIsFreeAndItsNextTokenIsHigher() {
        FilePath file = file("released");
        Grant first = get(holds.announce(new HoldRequest(file, "a", TTL)));

        ReleaseOutcome outcome = get(others.release(file, "a"));

        assertThat(outcome).isEqualTo(ReleaseOutcome.RELEASED);
        assertThat(get(holds.whoHas(file))).isEmpty();
        assertThat(get(holds.announce(new HoldRequest(file, "b", TTL))).token()).isGreaterThan(first.token());
    }

    @Test
    void onlyItsHolderReleasesAFile() {
        FilePath file = file("not-mine");
        assertThat(get(holds.release(file, "a"))).isEqualTo(ReleaseOutcome.NOT_HELD);
        get(holds.announce(new HoldRequest(file, "a", TTL)));

        ReleaseOutcome outcome = get(others.release(file, "b"));

        assertThat(outcome).isEqualTo(ReleaseOutcome.HELD_BY_ANOTHER);
        assertThat(get(others.whoHas(file))).isPresent();
    }

    @Test
    void anEndedHoldCanBeTakenByAnother() {
        FilePath file = file("ended");
        Grant first = get(holds.announce(new HoldRequest(file, "a", Duration.ofMillis(300))));
        await().until(() -> get(others.whoHas(file)).isEmpty());

        Grant second = get(others.announce(new HoldRequest(file, "b", TTL)));

        assertThat(second.token()).isGreaterThan(first.token());
        assertThat(second.hold().claimedAt()).isAfterOrEqualTo(first.hold().endsAt());
    }

    @Test
    void oneOwnsEndedHoldIsANewGrant() {
        FilePath file = file("ended-own");
        Grant first = get(holds.announce(new HoldRequest(file, "a", Duration.ofMillis(300))));
        await().until(() -> get(holds.whoHas(file)).isEmpty());

        Grant second = get(holds.announce(new HoldRequest(file, "a", TTL)));

        assertThat(second.renewal()).isFalse();
        assertThat(second.token()).isGreaterThan(first.token());
    }

    @Test
    void whatCannotBeIsRefusedBeforeAnythingIsSent() {
        FilePath file = file("invalid");

        assertThat(failure(holds.announce(new HoldRequest(file, "a", Duration.ZERO))))
                .isInstanceOf(InvalidTtlException.class);
        assertThat(failure(holds.announce(new HoldRequest(file, "a", Duration.ofSeconds(-1)))))
                .isInstanceOf(InvalidTtlException.class);
        assertThat(failure(holds.announce(new HoldRequest(file, "a", Duration.ofSeconds(301)))))
                .isInstanceOf(InvalidTtlException.class);
        for (String holder : List.of("", "\ud800", "a".repeat(513))) {
            assertThatThrownBy(() -> new HoldRequest(file, holder, TTL)).isInstanceOf(InvalidHolderException.class);
            assertThat(failure(holds.release(file, holder))).isInstanceOf(InvalidHolderException.class);
            assertThat(failure(holds.transfer(file, 1, holder))).isInstanceOf(InvalidHolderException.class);
        }
        assertThatThrownBy(() -> new HoldRequest(file, "a", TTL, "\ud800"))
                .isInstanceOf(InvalidCheckoutPathException.class);
    }

    @Test
    void aGoProgramsHoldIsReadRespectedAndRenewedByItsHolder() {
        FilePath file = file("go");
        KeyValue bucket = rig.bucket();
        String key = HoldKey.of(file).text();
        long revision = call(() -> bucket.create(key, Rig.goValue("go", Instant.now(), TTL)));

        Hold seen = get(holds.whoHas(file)).orElseThrow();
        assertThat(seen.holder()).isEqualTo("go");
        assertThat(seen.token()).isEqualTo(revision);
        assertThat(seen.holdId()).isNull();
        assertThat(failure(holds.announce(new HoldRequest(file, "b", TTL)))).isInstanceOf(HeldByAnotherException.class);

        Grant renewal = get(holds.announce(new HoldRequest(file, "go", TTL)));

        assertThat(renewal.renewal()).isTrue();
        assertThat(renewal.token()).isEqualTo(revision);
        long again = call(() -> bucket.update(
                key, Rig.goValue("go", Instant.now(), TTL), renewal.hold().revision()));
        assertThat(get(holds.whoHas(file)).orElseThrow().token()).isEqualTo(again);
    }

    @Test
    void whatIsWrittenHereIsValidForAGoProgram() {
        FilePath file = file("for go");
        get(holds.announce(new HoldRequest(file, "a", TTL, "/c")));

        KeyValueEntry entry = call(() -> rig.bucket().get("=2Fwork=2Ffor=20go"));

        JsonNode json = Vectors.json(new String(entry.getValue(), StandardCharsets.UTF_8));
        assertThat(json.get("agent_id").asText()).isEqualTo("a");
        assertThat(json.get("checkout_path").asText()).isEqualTo("/c");
        assertThat(json.get("ttl").asLong()).isEqualTo(TTL.toNanos());
        Instant claimed = Instant.parse(json.get("claimed_at").asText());
        assertThat(Duration.between(
                        claimed, Instant.parse(json.get("expires_at").asText())))
                .isEqualTo(TTL);
        assertThat(Duration.between(claimed, Instant.now())).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void aCorruptValueIsRefusedUntilItIsCleared() {
        FilePath file = file("corrupt");
        call(() -> rig.bucket().put(HoldKey.of(file).text(), "not a hold"));

        assertThat(failure(holds.whoHas(file))).isInstanceOf(CorruptHoldException.class);
        assertThat(failure(holds.announce(new HoldRequest(file, "a", TTL)))).isInstanceOf(CorruptHoldException.class);
        assertThat(get(holds.release(file, "a"))).isEqualTo(ReleaseOutcome.NOT_HELD);

        boolean cleared = get(holds.forceRelease(file, "admin"));

        assertThat(cleared).isTrue();
        assertThat(get(holds.forceRelease(file, "admin"))).isFalse();
        assertThat(get(holds.announce(new HoldRequest(file, "a", TTL))).renewal())
                .isFalse();
    }

    @Test
    void theProbeGoesThereAndBack() {
        assertThat(get(holds.probe())).isPositive();
    }

    @Test
    void theBucketIsCreatedAsByGoProgramsButItsFirstSequenceIsTheTime() {
        KeyValueStatus status = call(() -> rig.raw().keyValueManagement().getStatus(Rig.BUCKET));

        assertThat(status.getTtl()).isEqualTo(Duration.ofMinutes(5));
        assertThat(status.getMaxHistoryPerKey()).isEqualTo(1);
        long first = status.getBackingStreamInfo().getConfiguration().getFirstSequence();
        assertThat(Instant.ofEpochMilli(first / 1000))
                .isBetween(Instant.now().minusSeconds(120), Instant.now().plusSeconds(1));
        assertThat(status.getBackingStreamInfo().getConfiguration().isAllowMessageTtl())
                .isFalse();
    }

    @Test
    void aHoldIsPassedOnInOneStep() {
        FilePath file = file("passed-on");
        Grant grant = get(holds.announce(new HoldRequest(file, "a", TTL, "/c")));

        Grant passed = get(others.transfer(file, grant.token(), "b"));

        assertThat(passed.token()).isGreaterThan(grant.token());
        assertThat(get(holds.whoHas(file)).map(Hold::holder)).isEqualTo(Optional.of("b"));
        assertThat(passed.hold().checkoutPath()).isEqualTo("/c");
        assertThat(failure(holds.transfer(file, grant.token(), "c"))).isInstanceOf(HoldLostException.class);
    }

    @Test
    void aTokenIsGoodOnlyWhileItsHoldIsInForce() {
        FilePath file = file("asserted");
        Grant grant = get(holds.announce(new HoldRequest(file, "a", Duration.ofSeconds(2))));

        assertThat(get(others.assertHeld(file, grant.token(), Duration.ZERO)).holder())
                .isEqualTo("a");
        assertThat(failure(others.assertHeld(file, grant.token(), Duration.ofSeconds(2))))
                .isInstanceOf(HoldLostException.class);
        assertThat(failure(others.assertHeld(file, grant.token() + 1, Duration.ZERO)))
                .isInstanceOf(HoldLostException.class);
        await().until(() ->
                failure(others.assertHeld(file, grant.token(), Duration.ZERO)) instanceof HoldLostException);
    }

    @Test
    void holdsAreListedByDirectoryAndHolder() {
        get(holds.announce(new HoldRequest(file("list/b/2"), "l1", TTL)));
        get(holds.announce(new HoldRequest(file("list/b/1"), "l2", TTL)));
        get(holds.announce(new HoldRequest(file("list/bb"), "l1", TTL)));

        assertThat(get(holds.list(new HoldFilter(file("list/b"), null))))
                .extracting(hold -> hold.file().value())
                .containsExactly("/work/list/b/1", "/work/list/b/2");
        assertThat(get(holds.list(new HoldFilter(file("list"), "l1")))).hasSize(2);
        await().until(() -> get(others.list(new HoldFilter(file("list"), null))).size() == 3);

        assertThat(get(others.releaseAll("l1"))).containsExactlyInAnyOrder(file("list/b/2"), file("list/bb"));

        assertThat(get(others.list(new HoldFilter(file("list"), null))))
                .extracting(Hold::holder)
                .containsExactly("l2");
    }
}
