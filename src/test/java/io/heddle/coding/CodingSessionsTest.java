package io.heddle.coding;

import static io.heddle.hold.Rig.failure;
import static io.heddle.hold.Rig.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.AwaitTimeoutException;
import io.heddle.hold.FilePath;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.HoldLostException;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.Holds;
import io.heddle.hold.KvHolds;
import io.heddle.hold.Rig;
import io.heddle.testsupport.Configs;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CodingSessionsTest {

    private static final FilePath A = FilePath.of("/shop/src/a.ts");
    private static final FilePath B = FilePath.of("/shop/src/b.ts");
    private static final FilePath SRC = FilePath.directory("/shop/src");

    private final Rig rig = new Rig();
    private final List<CodingSessions> open = new ArrayList<>();

    @AfterEach
    void end() {
        open.forEach(CodingSessions::close);
        rig.close();
    }

    @Test
    void aSessionsHoldsAreRenewedUntilItReleasesThem() {
        KvHolds holds = rig.holds();
        CodingSessions sessions = sessions(holds, "ttl", "6s");
        Session one = contact(sessions, "claude-code/1");

        Hold first = hold(one, A).get(0);
        assertThat(hold(one, A).get(0).token()).isEqualTo(first.token());
        await().until(() -> get(holds.whoHas(A)).orElseThrow().endsAt().isAfter(first.endsAt()));
        assertThat(failure(contact(sessions, "codex/2").hold(List.of(B, A), false, "", Duration.ZERO)))
                .isInstanceOf(HeldByAnotherException.class);
        assertThat(get(holds.whoHas(B))).as("all or none").isEmpty();

        assertThat(get(one.release(List.of(A, B)))).containsExactly(A);
        assertThat(hold(contact(sessions, "codex/2"), A)).hasSize(1);
    }

    @Test
    void whatADirectoryCoversNeedsNoHoldOfItsOwn() {
        KvHolds holds = rig.holds();
        Session one = contact(sessions(holds), "claude-code/1");

        long token = hold(one, SRC).get(0).token();

        assertThat(hold(one, A)).extracting(Hold::file, Hold::token).containsExactly(tuple(SRC, token));
        assertThat(get(one.holds())).extracting(Hold::file).containsExactly(SRC);
    }

    @Test
    void aReasonIsKeptAndCanBeChanged() {
        KvHolds holds = rig.holds();
        Session one = contact(sessions(holds), "claude-code/1");
        long token = hold(one, A).get(0).token();

        Hold again =
                get(one.hold(List.of(A), false, "new checkout", Duration.ZERO)).get(0);

        assertThat(again.token()).isEqualTo(token);
        assertThat(get(holds.whoHas(A)).orElseThrow().reason()).isEqualTo("new checkout");
    }

    @Test
    void anotherProcessTakesOverAtTheNextContact() {
        KvHolds dying = rig.holds();
        KvHolds living = rig.holds();
        Session before = contact(sessions(dying, "ttl", "6s"), "claude-code/1");
        long token = hold(before, A).get(0).token();
        dying.close();

        Session after = contact(sessions(living, "ttl", "6s"), "claude-code/1");

        Hold taken = get(living.whoHas(A)).orElseThrow();
        assertThat(taken.token()).isEqualTo(token);
        await().until(() -> get(living.whoHas(A)).orElseThrow().endsAt().isAfter(taken.endsAt()));
        assertThat(lost(after)).isEmpty();
    }

    @Test
    void aReleaseAtOneProcessIsNoLossAtAnother() {
        Session here = contact(sessions(rig.holds()), "claude-code/1");
        KvHolds other = rig.holds();
        CodingSessions there = sessions(other);
        hold(here, A);
        Session same = contactKnowing(there, other, "claude-code/1", A);

        get(here.release(List.of(A)));

        await().until(() -> get(other.list(HoldFilter.ALL)).isEmpty());
        assertThat(lost(same)).isEmpty();
        assertThat(get(contact(there, "claude-code/1").holds())).isEmpty();
    }

    @Test
    void aSessionThatIsGoneKeepsNothing() {
        KvHolds holds = rig.holds();
        CodingSessions sessions = sessions(holds, "ttl", "3s", "idle-timeout", "4s");
        Session gone = contact(sessions, "claude-code/1");
        Hold first = hold(gone, A).get(0);

        await().until(() -> get(holds.whoHas(A))
                .filter(hold -> hold.endsAt().isAfter(first.endsAt()))
                .isPresent());
        await().atMost(Duration.ofSeconds(30)).until(() -> get(holds.whoHas(A)).isEmpty());

        assertThat(sessions.count()).isZero();
        await().untilAsserted(() -> assertThat(lost(contact(sessions, "claude-code/1")))
                .extracting(LostHold::file, LostHold::why)
                .containsExactly(tuple(A, "it expired")));
    }

    @Test
    void aLossIsReportedOnceByEveryProcess() {
        KvHolds holds = rig.holds();
        KvHolds other = rig.holds();
        CodingSessions there = sessions(other);
        contact(there, "claude-code/9");
        Session one = contact(sessions(holds), "claude-code/1");
        long token = hold(one, A).get(0).token();

        get(holds.forceRelease(A, "ann"));

        await().untilAsserted(() -> assertThat(lost(contact(there, "claude-code/1")))
                .containsExactly(new LostHold(A, token, "it was released by force by ann")));
        await().untilAsserted(() ->
                assertThat(lost(one)).containsExactly(new LostHold(A, token, "it was released by force by ann")));
        assertThat(lost(one)).isEmpty();
        assertThat(hold(one, A).get(0).token()).isGreaterThan(token);
    }

    @Test
    void anAnswerThatFailsHasReportedNothing() {
        KvHolds holds = rig.holds();
        Session one = contact(sessions(holds), "claude-code/1");
        long token = hold(one, A).get(0).token();
        get(holds.forceRelease(A, "ann"));
        LostHold loss = new LostHold(A, token, "it was released by force by ann");

        await().until(() -> failure(one.answer(lost -> Uni.createFrom().failure(new AnswerException(lost))))
                .getMessage()
                .equals(List.of(loss).toString()));
        one.answer(lost -> Uni.createFrom().nothing())
                .subscribe()
                .with(never -> {})
                .cancel();

        assertThat(lost(one)).containsExactly(loss);
        assertThat(lost(one)).isEmpty();
    }

    private static final class AnswerException extends RuntimeException {

        AnswerException(List<LostHold> lost) {
            super(lost.toString());
        }
    }

    @Test
    void whatASessionIsGrantedAfterItsEndIsReleased() {
        KvHolds holds = rig.holds();
        CodingSessions sessions = sessions(holds);
        Session one = contact(sessions, "claude-code/1");
        Session two = contact(sessions, "codex/2");
        hold(one, A);
        UniAssertSubscriber<List<Hold>> waiting = two.hold(List.of(A), false, "", Duration.ofSeconds(20))
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
        await().until(() -> !state(sessions, "codex/2").waitsFor().isEmpty());

        get(sessions.end(two));
        get(one.release(List.of(A)));

        waiting.awaitFailure().assertFailedWith(HoldLostException.class);
        await().until(() -> get(holds.whoHas(A)).isEmpty());
        assertThat(hold(contact(sessions, "codex/2"), A)).as("a new session").hasSize(1);
    }

    @Test
    void waitsInTheOrderOfArrivalForOneAndTogetherForSeveral() {
        KvHolds holds = rig.holds();
        CodingSessions sessions = sessions(holds);
        Session one = contact(sessions, "claude-code/1");
        Session two = contact(sessions, "codex/2");
        hold(one, A);
        hold(one, B);

        UniAssertSubscriber<List<Hold>> waiting = two.hold(List.of(A, B), false, "", Duration.ofSeconds(20))
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
        await().until(() -> !state(sessions, "codex/2").waitsFor().isEmpty());
        get(one.release(List.of(A)));
        get(one.release(List.of(B)));

        assertThat(waiting.awaitItem(Duration.ofSeconds(20)).getItem()).hasSize(2);
        assertThat(state(sessions, "codex/2").waitsFor()).isEmpty();
        assertThat(failure(one.hold(List.of(A), false, "", Duration.ofMillis(200))))
                .as("a wait that ends names the holder")
                .isInstanceOf(HeldByAnotherException.class);
        assertThat(failure(one.await(List.of(A), Duration.ofMillis(200)))).isInstanceOf(AwaitTimeoutException.class);
    }

    @Test
    void handsOver() {
        KvHolds holds = rig.holds();
        CodingSessions sessions = sessions(holds);
        Session one = contact(sessions, "claude-code/1");
        Session two = contact(sessions, "codex/2");
        long token = hold(one, A).get(0).token();

        assertThat(failure(two.handOver(A, token, "codex/2"))).isInstanceOf(HoldLostException.class);
        assertThat(get(one.handOver(A, null, "codex/2")).token()).isGreaterThan(token);

        assertThat(lost(one)).isEmpty();
        assertThat(failure(one.hold(List.of(A), false, "", Duration.ZERO))).isInstanceOf(HeldByAnotherException.class);
        await().until(() -> get(contact(sessions, "codex/2").holds()).size() == 1);
        assertThat(hold(two, A)).hasSize(1);
    }

    @Test
    void limits() {
        CodingSessions sessions = sessions(rig.holds(), "max-holds-per-session", "2", "max-sessions-per-subject", "2");
        Session one = contact(sessions, "claude-code/1");
        contact(sessions, "claude-code/2");

        assertThat(failure(one.hold(List.of(A, B, FilePath.of("/shop/c")), false, "", Duration.ZERO)))
                .isInstanceOf(SessionLimitException.class);
        assertThat(get(one.hold(List.of(A, B), false, "", Duration.ZERO))).hasSize(2);
        assertThat(failure(sessions.contact(Contact.of("claude-code/3", ""))))
                .isInstanceOf(SessionLimitException.class);
        assertThat(get(sessions.contact(Contact.of("bob/claude-code/3", "bob"))).name())
                .isEqualTo("bob/claude-code/3");
        assertThat(get(sessions.end(one))).containsExactly(A, B);
        assertThat(get(sessions.contact(Contact.of("claude-code/3", ""))).name())
                .isEqualTo("claude-code/3");
    }

    @Test
    void listsSessionsAndOtherHolders() {
        KvHolds holds = rig.holds();
        CodingSessions sessions = sessions(holds);
        Session one = get(sessions.contact(new Contact("claude-code/1", "", "shop", "ann", "mac", "/home/ann/shop")));
        hold(one, A);
        get(holds.announce(new HoldRequest(B, "go-agent", Duration.ofSeconds(30))));
        contact(sessions, "claude-code/1");

        assertThat(state(sessions, "claude-code/1").contact())
                .as("what a later contact does not say stays known")
                .isEqualTo(new Contact("claude-code/1", "", "shop", "ann", "mac", "/home/ann/shop"));
        assertThat(state(sessions, "claude-code/1").holds())
                .extracting(Hold::checkoutPath)
                .containsExactly("ann@mac:/home/ann/shop");
        assertThat(state(sessions, "go-agent").lastContact()).isNull();
        assertThat(state(sessions, "go-agent").holds()).extracting(Hold::file).containsExactly(B);
    }

    private SessionState state(CodingSessions sessions, String name) {
        return get(sessions.list(HoldFilter.ALL)).stream()
                .filter(state -> state.contact().session().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Session contactKnowing(CodingSessions sessions, KvHolds holds, String name, FilePath file) {
        await().until(() -> get(holds.list(HoldFilter.ALL)).stream()
                .anyMatch(hold -> hold.file().equals(file)));
        return contact(sessions, name);
    }

    private static Session contact(CodingSessions sessions, String name) {
        return get(sessions.contact(Contact.of(name, "")));
    }

    private static List<LostHold> lost(Session session) {
        return get(session.answer(lost -> Uni.createFrom().item(lost)));
    }

    private static List<Hold> hold(Session session, FilePath file) {
        return get(session.hold(List.of(file), false, "", Duration.ZERO));
    }

    private CodingSessions sessions(Holds holds, String... settings) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            values.put("heddle.coding." + settings[i], settings[i + 1]);
        }
        CodingSessions sessions = new CodingSessions(Configs.of(CodingConfig.class, values), () -> holds);
        open.add(sessions);
        return sessions;
    }
}
