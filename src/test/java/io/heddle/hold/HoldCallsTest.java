package io.heddle.hold;

import static io.heddle.hold.Rig.TTL;
import static io.heddle.hold.Rig.call;
import static io.heddle.hold.Rig.failure;
import static io.heddle.hold.Rig.file;
import static io.heddle.hold.Rig.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.nats.BrokerException;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.NatsProxy;
import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.KeyValue;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls at the edges: before the clock is calibrated, with a leader that was deposed, cancelled before the bucket was read. */
class HoldCallsTest {

    private static final int FIRST_CALLS = 40;

    private Rig rig;

    @AfterEach
    void end() {
        rig.close();
    }

    @Test
    void theFirstCallsKnowTheTime() {
        rig = new Rig();
        KvHolds before = rig.holds();
        KeyValue bucket = rig.bucket();
        List<Grant> held = new ArrayList<>();
        for (int i = 0; i < FIRST_CALLS; i++) {
            held.add(get(before.announce(new HoldRequest(file("mine/" + i), "a", TTL))));
            String key = HoldKey.of(file("ended/" + i)).text();
            call(() -> bucket.put(key, Rig.goValue("go", Instant.now(), Duration.ofMillis(1))));
        }

        for (int i = 0; i < FIRST_CALLS; i++) {
            Grant own = held.get(i);
            FilePath ended = file("ended/" + i);
            KvHolds holds = started();
            UniAssertSubscriber<Grant> renewal =
                    subscribe(holds.announce(new HoldRequest(own.hold().file(), "a", TTL)));
            UniAssertSubscriber<Optional<Hold>> vacant = subscribe(holds.whoHas(ended));
            UniAssertSubscriber<Grant> grant = subscribe(holds.announce(new HoldRequest(file("new/" + i), "a", TTL)));

            assertThat(renewal.awaitItem().getItem().renewal()).isTrue();
            assertThat(renewal.getItem().token()).isEqualTo(own.token());
            assertThat(renewal.getItem().hold().endsAt()).isAfter(Instant.now().plusSeconds(20));
            assertThat(grant.awaitItem().getItem().hold().endsAt())
                    .isAfter(Instant.now().plusSeconds(20));
            assertThat(vacant.awaitItem().getItem()).isEmpty();
            holds.close();
        }
    }

    /** It answers reads with what it knows, and a write goes to its successor. */
    @Test
    void aDeposedLeaderThatAnswersReadsDoesNotKeepACallBusy() {
        rig = new Rig();
        NatsProxy network = NatsProxy.before(rig.server);
        KvHolds holds = rig.holds(network, HoldsListener.NONE, "call-timeout", "3s", "request-timeout", "300ms");
        rig.server.stop();
        rig.server
                .with("mappings: { \"$JS.API.STREAM.MSG.GET.KV_bones-holds\": \"deposed.leader\" }")
                .start();
        AtomicInteger reads = answerReads(rig.raw(), "{\"error\":{\"code\":404,\"err_code\":10037}}");
        await().until(() -> holds.status().ready());

        network.hold(false, true);
        UniAssertSubscriber<Grant> call = subscribe(holds.announce(new HoldRequest(file("x"), "a", TTL)));
        await().until(() -> reads.get() > 0);
        network.heal();

        call.awaitFailure(Duration.ofSeconds(10)).assertFailedWith(OutcomeUnknownException.class);
        assertThat(reads.get()).isBetween(1, 60);
    }

    @Test
    void nothingRemainsOfACancelledCallWhileTheBucketIsUnread() {
        rig = new Rig(NatsServer.create().jetStream(false).start());
        KvHolds holds = rig.unready(HoldsListener.NONE);

        List<WeakReference<?>> cancelled = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            cancelled.add(cancelled(holds.list(HoldFilter.ALL)));
            cancelled.add(cancelled(holds.await(file("x"), TTL)));
            AssertSubscriber<HoldEvent> events =
                    holds.subscribe().subscribe().withSubscriber(AssertSubscriber.create(1));
            events.cancel();
            cancelled.add(new WeakReference<>(events));
        }

        await().atMost(Duration.ofSeconds(20)).until(() -> {
            System.gc();
            return cancelled.stream().allMatch(reference -> reference.get() == null);
        });
    }

    @Test
    void theBoundOfTheClockIsAbsentWhereNoBrokerTimeIsKnown() {
        rig = new Rig(NatsServer.create().jetStream(false).start());
        KvHolds holds = rig.unready(HoldsListener.NONE);

        assertThat(failure(holds.whoHas(file("x")))).isInstanceOf(BrokerException.class);

        assertThat(holds.status().clockBound()).isEmpty();
    }

    private KvHolds started() {
        NatsConnection connection = rig.connection();
        await().until(() -> connection.state().isConnected());
        return KvHolds.start(connection, Rig.config(), HoldsListener.NONE);
    }

    private static <T> UniAssertSubscriber<T> subscribe(Uni<T> call) {
        return call.subscribe().withSubscriber(UniAssertSubscriber.create());
    }

    private static WeakReference<?> cancelled(Uni<?> call) {
        UniAssertSubscriber<Object> subscriber =
                call.map(item -> (Object) item).subscribe().withSubscriber(UniAssertSubscriber.create());
        subscriber.cancel();
        return new WeakReference<>(subscriber);
    }

    private static AtomicInteger answerReads(Connection connection, String answer) {
        AtomicInteger reads = new AtomicInteger();
        Dispatcher dispatcher = connection.createDispatcher(request -> {
            reads.incrementAndGet();
            connection.publish(request.getReplyTo(), answer.getBytes(StandardCharsets.UTF_8));
        });
        dispatcher.subscribe("deposed.leader");
        call(() -> {
            connection.flush(Duration.ofSeconds(2));
            return true;
        });
        return reads;
    }
}
