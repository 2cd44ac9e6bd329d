package io.heddle.hold.lease;

import static io.heddle.hold.Rig.TTL;
import static io.heddle.hold.Rig.call;
import static io.heddle.hold.Rig.failure;
import static io.heddle.hold.Rig.file;
import static io.heddle.hold.Rig.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.FilePath;
import io.heddle.hold.Grant;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.HoldLease;
import io.heddle.hold.HoldLostException;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.HoldsClosedException;
import io.heddle.hold.HoldsListener;
import io.heddle.hold.KvHolds;
import io.heddle.hold.ReleaseOutcome;
import io.heddle.hold.Rig;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.nats.Observation;
import io.heddle.testsupport.NatsProxy;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RenewingLeaseTest {

    private final Rig rig = new Rig();
    private final KvHolds holds = rig.holds();
    private final KvHolds others = rig.holds();

    @AfterEach
    void end() {
        rig.close();
    }

    @Test
    void aLeaseOutlivesItsTtlUntilItIsClosed() {
        HoldLease lease = get(holds.acquire(new HoldRequest(file("l"), "a", Duration.ofSeconds(2))));
        long token = lease.token();
        var firstEnd = lease.hold().endsAt();

        await().until(() -> lease.hold().endsAt().isAfter(firstEnd.plusSeconds(3)));

        assertThat(lease.isInForce()).isTrue();
        assertThat(lease.token()).isEqualTo(token);
        assertThat(get(others.whoHas(lease.file())).orElseThrow().token()).isEqualTo(token);
        UniAssertSubscriber<HoldLostException> lost =
                lease.lost().subscribe().withSubscriber(UniAssertSubscriber.create());
        assertThat(get(lease.release())).isEqualTo(ReleaseOutcome.RELEASED);
        assertThat(get(others.whoHas(lease.file()))).isEmpty();
        assertThat(lost.awaitItem().getItem()).isNull();
        assertThat(get(lease.release())).isEqualTo(ReleaseOutcome.NOT_HELD);
    }

    @Test
    void aLeaseThatCannotBeRenewedIsLostBeforeItEnds() {
        HoldLease lease = get(holds.acquire(new HoldRequest(file("cut"), "a", Duration.ofSeconds(2))));

        rig.server.freeze();
        HoldLostException lost = get(lease.lost());
        long lostAt = System.nanoTime();
        rig.server.thaw();

        assertThat(lost.token()).isEqualTo(lease.token());
        assertThat(lease.isInForce()).isFalse();
        // What the others see of it ends later: the hold is still there for a moment, or was renewed in the freeze and
        // given back.
        await().until(() -> get(others.whoHas(file("cut"))).isEmpty());
        assertThat(System.nanoTime()).isGreaterThan(lostAt);
    }

    @Test
    void aLeaseIsLostAtOnceWhenAnotherClientEndsIt() {
        HoldLease forced = get(holds.acquire(new HoldRequest(file("forced"), "a", TTL)));
        HoldLease passed = get(holds.acquire(new HoldRequest(file("passed"), "a", TTL)));

        get(others.forceRelease(file("forced"), "admin"));
        get(others.transfer(file("passed"), passed.token(), "b"));

        assertThat(get(forced.lost())).hasMessageContaining("FORCED by admin");
        assertThat(get(passed.lost())).hasMessageContaining("TRANSFERRED");
        assertThat(get(others.whoHas(file("passed"))).orElseThrow().holder()).isEqualTo("b");
    }

    /** The answer to its renewal comes when it is lost already, and its agent has taken over by then. */
    @Test
    void aLostLeaseReleasesOnlyItsOwnGrant() {
        NatsProxy network = NatsProxy.before(rig.server);
        CompletableFuture<Boolean> renewalIsOver = new CompletableFuture<>();
        KvHolds cutOff = rig.holds(network, new HoldsListener() {
            @Override
            public Observation<Grant> renewing(FilePath file, String agent) {
                return new Observation<>() {
                    @Override
                    public void succeeded(Grant renewed) {
                        renewalIsOver.complete(true);
                    }

                    @Override
                    public void failed(Throwable failure) {
                        renewalIsOver.complete(false);
                    }
                };
            }
        });
        HoldLease lease = get(cutOff.acquire(new HoldRequest(file("over"), "a", Duration.ofSeconds(3))));
        network.hold(false, true);
        get(lease.lost());
        Grant taken = get(others.announce(new HoldRequest(file("over"), "a", TTL)));

        network.heal();

        assertThat(taken.token()).as("renewed at the broker").isEqualTo(lease.token());
        await().until(renewalIsOver::isDone);
        await().during(Duration.ofMillis(300)).until(() -> get(others.whoHas(file("over")))
                .filter(hold -> hold.revision() == taken.hold().revision())
                .isPresent());
    }

    @Test
    void severalFilesAreHeldTogetherOrNotAtAll() {
        get(others.announce(new HoldRequest(file("m/2"), "b", TTL)));
        get(holds.announce(new HoldRequest(file("m/0"), "a", TTL)));

        Throwable refusal = failure(holds.acquireAll(requests(file("m/3"), file("m/1"), file("m/2"), file("m/0"))));

        assertThat(refusal).isInstanceOf(HeldByAnotherException.class);
        assertThat(get(others.whoHas(file("m/1")))).isEmpty();
        assertThat(get(others.whoHas(file("m/3")))).isEmpty();
        assertThat(get(others.whoHas(file("m/0"))))
                .as("it was the agent's before")
                .isPresent();

        get(others.release(file("m/2"), "b"));
        List<HoldLease> leases = get(holds.acquireAll(requests(file("m/3"), file("m/1"), file("m/2"))));

        assertThat(leases).extracting(HoldLease::file).containsExactly(file("m/1"), file("m/2"), file("m/3"));
        leases.forEach(HoldLease::close);
        await().until(() -> get(others.list(new HoldFilter(file("m"), null))).size() == 1);
    }

    private static Set<HoldRequest> requests(FilePath... files) {
        return Stream.of(files).map(file -> new HoldRequest(file, "a", TTL)).collect(Collectors.toSet());
    }

    @Test
    void aReleaseThatFailedCanBeRepeated() {
        NatsProxy network = NatsProxy.before(rig.server);
        KvHolds cutOff = rig.holds(network, HoldsListener.NONE);
        HoldLease lease = get(cutOff.acquire(new HoldRequest(file("again"), "a", TTL)));
        network.cut();
        await().until(() -> !cutOff.status().ready());

        assertThat(failure(lease.release())).isInstanceOf(NatsUnavailableException.class);
        network.heal();
        await().until(() -> cutOff.status().ready());

        assertThat(get(lease.release())).isEqualTo(ReleaseOutcome.RELEASED);
        assertThat(get(others.whoHas(file("again")))).isEmpty();
        assertThat(get(lease.release())).isEqualTo(ReleaseOutcome.NOT_HELD);
    }

    @Test
    void aLeaseOfClosedHoldsDoesNotSayThatItIsNotHeld() {
        HoldLease lease = get(holds.acquire(new HoldRequest(file("closed"), "a", TTL)));

        holds.close();

        assertThat(failure(lease.release())).isInstanceOf(HoldsClosedException.class);
        assertThat(get(others.whoHas(file("closed")))).isPresent();
    }

    @Test
    void subscribersOfLostThatBlockDelayNoOtherLease() throws InterruptedException {
        CountDownLatch blocked = new CountDownLatch(50);
        CountDownLatch release = new CountDownLatch(1);
        HoldLease free = get(holds.acquire(new HoldRequest(file("free"), "a", Duration.ofSeconds(3))));
        HoldLease first = get(holds.acquire(new HoldRequest(file("blocked"), "a", TTL)));
        for (int i = 0; i < 50; i++) {
            first.lost().subscribe().with(reason -> {
                blocked.countDown();
                call(() -> release.await(40, TimeUnit.SECONDS));
            });
        }
        get(others.forceRelease(file("blocked"), "admin"));
        assertThat(blocked.await(5, TimeUnit.SECONDS)).isTrue();
        var firstEnd = free.hold().endsAt();

        await().atMost(Duration.ofSeconds(20)).until(() -> free.hold().endsAt().isAfter(firstEnd.plusSeconds(3)));
        get(others.forceRelease(file("free"), "admin"));

        assertThat(get(free.lost())).hasMessageContaining("FORCED by admin");
        assertThat(get(first.lost())).as("another subscriber of the same lease").isNotNull();
        release.countDown();
    }

    @Test
    void aCancelledAcquireKeepsWhatItsHolderHadBefore() {
        Grant before = get(holds.announce(new HoldRequest(file("kept"), "a", TTL)));

        holds.acquire(new HoldRequest(file("kept"), "a", TTL))
                .subscribe()
                .with(lease -> {})
                .cancel();

        await().during(Duration.ofMillis(300))
                .until(() -> get(others.whoHas(file("kept"))).isPresent());
        Hold kept = get(others.whoHas(file("kept"))).orElseThrow();
        assertThat(kept.token()).isEqualTo(before.token());
        assertThat(kept.revision()).isGreaterThan(before.hold().revision());
    }

    @Test
    void theGrantOfACancelledAnnounceIsRolledBack() {
        Set<FilePath> delivered = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < 200; i++) {
            holds.announce(new HoldRequest(file("cancelled/" + i), "a", TTL))
                    .subscribe()
                    .with(grant -> delivered.add(grant.hold().file()))
                    .cancel();
        }

        Grant after = get(holds.announce(new HoldRequest(file("after"), "a", TTL)));

        await().until(() -> others.status().revision() >= after.hold().revision());
        await().untilAsserted(() -> assertThat(get(others.list(new HoldFilter(file("cancelled"), null))))
                .extracting(Hold::file)
                .containsExactlyInAnyOrderElementsOf(delivered));
        assertThat(delivered).hasSizeLessThan(200);
    }

    /** The cancellations come at about the time of the answers, from as many threads as there are processors. */
    @Test
    void aCancellationThatCrossesTheGrantLeavesNoHold() {
        int calls = Integer.getInteger("heddle.test.cancellations", 2000);
        Set<FilePath> delivered = ConcurrentHashMap.newKeySet();

        // Not the common pool, whose threads may have the class loader of another test's application.
        ForkJoinPool callers = new ForkJoinPool();
        callers.submit(() -> IntStream.range(0, calls).parallel().forEach(i -> {
                    Cancellable call = holds.announce(new HoldRequest(file("crossed/" + i), "a", TTL))
                            .subscribe()
                            .with(grant -> delivered.add(grant.hold().file()));
                    long until = System.nanoTime() + ThreadLocalRandom.current().nextLong(1_500_000);
                    while (System.nanoTime() < until) {
                        Thread.onSpinWait();
                    }
                    call.cancel();
                }))
                .join();
        callers.shutdown();

        Grant after = get(holds.announce(new HoldRequest(file("after"), "a", TTL)));
        await().until(() -> others.status().revision() >= after.hold().revision());
        await().untilAsserted(() -> assertThat(get(others.list(new HoldFilter(file("crossed"), null))))
                .extracting(Hold::file)
                .containsExactlyInAnyOrderElementsOf(delivered));
    }
}
