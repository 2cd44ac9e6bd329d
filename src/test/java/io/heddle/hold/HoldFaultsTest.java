package io.heddle.hold;

import static io.heddle.hold.Rig.TTL;
import static io.heddle.hold.Rig.call;
import static io.heddle.hold.Rig.failure;
import static io.heddle.hold.Rig.file;
import static io.heddle.hold.Rig.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.bucket.HoldEngine;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.stream.clock.BrokerClock;
import io.heddle.testsupport.BareTimer;
import io.nats.client.Connection;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HoldFaultsTest {

    private final Rig rig = new Rig();

    @AfterEach
    void end() {
        rig.close();
    }

    @Test
    void anAnnounceThatIsCutOffIsUnknownAndItsLateGrantIsRolledBack() {
        AtomicInteger takenBack = new AtomicInteger();
        HoldsListener counting = new HoldsListener() {
            @Override
            public void lateGrantRolledBack(FilePath file) {
                takenBack.incrementAndGet();
            }
        };
        KvHolds holds = rig.unready(counting, "request-timeout", "300ms", "call-timeout", "1s");
        KvHolds others = rig.holds();
        await().until(() -> holds.status().ready());

        // Frozen, the broker has the write in its socket and carries it out when it goes on: after the call has ended.
        rig.server.freeze();
        Throwable failure = failure(holds.announce(new HoldRequest(file("late"), "a", TTL)));
        rig.server.thaw();

        assertThat(failure).isInstanceOf(OutcomeUnknownException.class);
        await().until(() -> takenBack.get() == 1);
        await().until(() -> get(others.whoHas(file("late"))).isEmpty());
        assertThat(get(others.announce(new HoldRequest(file("late"), "b", TTL))).renewal())
                .isFalse();
    }

    @Test
    void anAnnounceOverAShortSilenceHasADefiniteAnswer() {
        KvHolds holds = rig.holds("request-timeout", "300ms", "call-timeout", "15s");
        KvHolds others = rig.holds();

        rig.server.freeze();
        UniAssertSubscriber<Grant> grant = holds.announce(new HoldRequest(file("slow"), "a", TTL))
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
        await().pollDelay(Duration.ofMillis(700)).until(() -> true);
        rig.server.thaw();

        Hold held = grant.awaitItem(Duration.ofSeconds(15)).getItem().hold();
        assertThat(get(others.whoHas(file("slow"))).orElseThrow().token()).isEqualTo(held.token());
    }

    @Test
    void aBrokerThatIsAwayIsSaidSoAtOnce() {
        KvHolds holds = rig.holds();
        rig.server.kill();
        await().until(() -> !holds.status().ready());

        await().until(() ->
                failure(holds.announce(new HoldRequest(file("x"), "a", TTL))) instanceof NatsUnavailableException);
        assertThat(failure(holds.probe())).isInstanceOf(NatsUnavailableException.class);
    }

    /**
     * The time between the last possible renewal and the report is the ttl, however many calls wait for the broker. What a bare
     * timer of the same process is late by, because the machine gives it no processor, is not the lease's.
     */
    @Test
    void everyLeaseIsLostInTimeWhileManyCallsWaitForAStoppedBroker() {
        Duration ttl = Duration.ofSeconds(3);
        Duration busy = Duration.ofMillis(250);
        KvHolds holds = rig.holds("request-timeout", "1s", "call-timeout", "5s");
        List<HoldLease> leases = IntStream.range(0, 50)
                .mapToObj(i -> get(holds.acquire(new HoldRequest(file("lease-" + i), "a", ttl))))
                .toList();
        Queue<Long> lostAt = new ConcurrentLinkedQueue<>();

        rig.server.freeze();
        long stopped = System.nanoTime();
        leases.forEach(lease -> lease.lost().subscribe().with(reason -> lostAt.add(System.nanoTime())));
        List<UniAssertSubscriber<Grant>> calls;
        try (BareTimer bare = new BareTimer()) {
            calls = IntStream.range(0, 20_000)
                    .mapToObj(i -> holds.announce(new HoldRequest(file("call-" + i), "a", ttl))
                            .subscribe()
                            .withSubscriber(UniAssertSubscriber.<Grant>create()))
                    .toList();
            await().until(() -> lostAt.size() == leases.size());

            Duration latest = ttl.plus(busy).plus(bare.longestDelay());
            assertThat(lostAt)
                    .allSatisfy(at -> assertThat(Duration.ofNanos(at - stopped)).isLessThan(latest));
        }

        assertThat(leases).noneMatch(HoldLease::isInForce);
        calls.forEach(call -> call.awaitFailure(Duration.ofSeconds(10)));
        rig.server.thaw();
    }

    @Test
    void theCommonCallsCostOneRequest() {
        KvHolds holds = rig.holds();
        KvHolds others = rig.holds();
        Connection raw = rig.raw();
        AtomicInteger requests = new AtomicInteger();
        var counting = raw.createDispatcher(message -> requests.incrementAndGet());
        counting.subscribe("$KV." + Rig.BUCKET + ".>");
        counting.subscribe("$JS.API.STREAM.MSG.GET.>");
        call(() -> {
            raw.flush(Duration.ofSeconds(5));
            return true;
        });

        Grant grant = get(holds.announce(new HoldRequest(file("n"), "a", TTL)));
        assertRequests(raw, requests, 1);
        get(holds.announce(new HoldRequest(file("n"), "a", TTL)));
        assertRequests(raw, requests, 1);
        await().until(() -> others.status().revision() > grant.hold().revision());
        failure(others.announce(new HoldRequest(file("n"), "b", TTL)));
        assertRequests(raw, requests, 1);
        get(holds.whoHas(file("n")));
        assertRequests(raw, requests, 1);
        get(holds.release(file("n"), "a"));
        assertRequests(raw, requests, 1);
        get(holds.announce(new HoldRequest(file("n"), "b", TTL)));
        assertRequests(raw, requests, 1);
    }

    @Test
    void aClockThatIsAnHourOffNeitherStealsNorKeeps() {
        AtomicLong ahead = new AtomicLong(3_600_000);
        KvHolds early = rig.holds(clock(ahead));
        KvHolds late = rig.holds(clock(new AtomicLong(-3_600_000)));
        KvHolds right = rig.holds();
        get(right.announce(new HoldRequest(file("live"), "a", TTL)));
        get(late.announce(new HoldRequest(file("short"), "b", Duration.ofMillis(300))));

        assertThat(failure(early.announce(new HoldRequest(file("live"), "b", TTL))))
                .isInstanceOf(HeldByAnotherException.class);
        await().until(() -> get(late.whoHas(file("short"))).isEmpty());
        // Each handle has a calibration of its own: the one may see the end some milliseconds before the other.
        await().ignoreExceptionsInstanceOf(HeldByAnotherException.class)
                .until(() -> !get(right.announce(new HoldRequest(file("short"), "a", TTL)))
                        .renewal());

        HoldLease lease = get(early.acquire(new HoldRequest(file("lease"), "a", Duration.ofSeconds(3))));
        Hold first = lease.hold();
        ahead.set(0);
        assertThat(failure(early.announce(new HoldRequest(file("live"), "b", TTL))))
                .isInstanceOf(HeldByAnotherException.class);
        await().until(() -> lease.hold().endsAt().isAfter(first.endsAt().plusSeconds(1)));
        ahead.set(7_200_000);
        Hold second = lease.hold();
        await().until(() -> lease.hold().endsAt().isAfter(second.endsAt().plusSeconds(1)));
        assertThat(lease.isInForce()).isTrue();
        assertThat(Duration.between(
                        get(right.whoHas(file("lease"))).orElseThrow().claimedAt(), java.time.Instant.now()))
                .isLessThan(Duration.ofMinutes(1));
    }

    @Test
    void tokensRiseOverAWipedStoreAlsoWhereAClockIsAnHourBehind() {
        KvHolds before = rig.holds();
        Grant grant = get(before.announce(new HoldRequest(file("wiped"), "a", TTL)));
        before.close();
        rig.server.kill();
        rig.server.wipe();
        rig.server.start();

        // New, so that nothing of the old bucket is known to it.
        KvHolds after = rig.holds(clock(new AtomicLong(-3_600_000)));

        assertThat(get(after.announce(new HoldRequest(file("wiped"), "a", TTL))).token())
                .isGreaterThan(grant.token());
    }

    @Test
    void aGrantThatWasRenewedMeanwhileIsNotRolledBack() {
        HoldEngine engine = rig.engine();
        HoldRequest request = new HoldRequest(file("again"), "a", TTL);
        Grant unwanted = get(engine.announce(request));
        Grant renewed = get(engine.announce(request));

        ReleaseOutcome outcome = get(engine.rollBackNow(unwanted.hold()));

        assertThat(outcome).isEqualTo(ReleaseOutcome.NOT_HELD);
        assertThat(engine.bucket.read(HoldName.of(file("again"))).join().revision())
                .isEqualTo(renewed.hold().revision());
        assertThat(get(engine.rollBackNow(renewed.hold()))).isEqualTo(ReleaseOutcome.RELEASED);
    }

    @Test
    void closingEndsEverythingAndLeavesNoThread() {
        Set<Thread> before = timers();
        KvHolds holds = rig.holds();
        List<AssertSubscriber<HoldEvent>> streams = IntStream.range(0, 100)
                .mapToObj(i -> holds.subscribe().subscribe().withSubscriber(AssertSubscriber.<HoldEvent>create(10)))
                .toList();
        await().until(() -> holds.status().subscribers() == 100);
        get(holds.acquire(new HoldRequest(file("lease"), "a", TTL)));
        rig.server.freeze();
        List<UniAssertSubscriber<Grant>> calls = IntStream.range(0, 100)
                .mapToObj(i -> holds.announce(new HoldRequest(file("c" + i), "a", TTL))
                        .subscribe()
                        .withSubscriber(UniAssertSubscriber.<Grant>create()))
                .toList();
        UniAssertSubscriber<HoldLease> waiting = holds.acquire(new HoldRequest(file("w"), "a", TTL), TTL)
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());

        holds.close();
        holds.close();

        calls.forEach(call -> call.awaitFailure().assertFailedWith(HoldsClosedException.class));
        waiting.awaitFailure().assertFailedWith(HoldsClosedException.class);
        streams.forEach(AssertSubscriber::awaitCompletion);
        assertThat(failure(holds.whoHas(file("x")))).isInstanceOf(HoldsClosedException.class);
        assertThat(failure(holds.subscribe().toUni())).isInstanceOf(HoldsClosedException.class);
        rig.server.thaw();
        await().until(() -> before.containsAll(timers()));
    }

    @Test
    void anyNumberOfSubscribersIsOneConsumerAndSlowOnesDoNotAffectOthers() {
        int events = Integer.getInteger("heddle.test.events", 1000);
        KvHolds holds = rig.holds("event-buffer", "512");
        List<AssertSubscriber<HoldEvent>> slow = IntStream.range(0, 10)
                .mapToObj(i -> holds.subscribe().subscribe().withSubscriber(AssertSubscriber.<HoldEvent>create(0)))
                .toList();
        List<Reader> readers =
                IntStream.range(0, 990).mapToObj(i -> new Reader()).toList();
        readers.forEach(
                reader -> holds.subscribe().subscribe().with(reader::read, failure -> reader.failure = failure));
        await().until(() -> holds.status().subscribers() == 1000);

        long begin = System.nanoTime();
        int window = 128;
        for (int sent = 0; sent < events; sent += window) {
            int from = sent;
            int until = Math.min(events, sent + window);
            Multi.createFrom()
                    .range(from, until)
                    .onItem()
                    .transformToUniAndMerge(
                            i -> holds.announce(new HoldRequest(file("s" + i), "a", Duration.ofMinutes(5))))
                    .collect()
                    .last()
                    .await()
                    .atMost(Duration.ofSeconds(30));
            await().pollInterval(Duration.ofMillis(5))
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> readers.stream().allMatch(reader -> reader.seen >= until));
        }

        System.out.println(events + " events for 1,000 subscribers took "
                + Duration.ofNanos(System.nanoTime() - begin).toMillis() + " ms");
        assertThat(readers).allMatch(reader -> reader.failure == null && reader.inOrder && reader.seen == events);
        slow.forEach(subscriber -> {
            subscriber.request(1);
            subscriber.awaitFailure();
            assertThat(subscriber.getFailure()).isInstanceOf(io.heddle.broadcast.SlowSubscriberException.class);
        });
        assertThat(holds.status().evicted()).isEqualTo(10);
        assertThat(call(() -> rig.raw().jetStreamManagement().getStreamInfo("KV_" + Rig.BUCKET))
                        .getStreamState()
                        .getConsumerCount())
                .isEqualTo(1);
    }

    private static final class Reader {
        private volatile int seen;
        private volatile boolean inOrder = true;
        private volatile Throwable failure;
        private long last;

        @SuppressWarnings("NonAtomicVolatileUpdate") // events are serialised
        void read(HoldEvent event) {
            if (event instanceof HoldEvent.Announced) {
                inOrder &= event.revision() > last;
                last = event.revision();
                seen++;
            }
        }
    }

    private static Set<Thread> timers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> Set.of("heddle-holds", "heddle-leases").contains(thread.getName()))
                .collect(Collectors.toSet());
    }

    private static BrokerClock clock(AtomicLong aheadMillis) {
        return new BrokerClock(
                System::nanoTime, () -> System.currentTimeMillis() + aheadMillis.get(), Duration.ofMillis(50));
    }

    private static void assertRequests(Connection raw, AtomicInteger requests, int expected) {
        call(() -> {
            raw.flush(Duration.ofSeconds(5));
            return true;
        });
        await().during(Duration.ofMillis(50)).until(() -> requests.get() == expected);
        requests.set(0);
    }
}
