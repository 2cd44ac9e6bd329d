package io.heddle.hold.lease;

import static io.heddle.hold.Rig.TTL;
import static io.heddle.hold.Rig.call;
import static io.heddle.hold.Rig.failure;
import static io.heddle.hold.Rig.file;
import static io.heddle.hold.Rig.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.AwaitTimeoutException;
import io.heddle.hold.FilePath;
import io.heddle.hold.Grant;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldLease;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.HoldsListener;
import io.heddle.hold.KvHolds;
import io.heddle.hold.ReleaseOutcome;
import io.heddle.hold.Rig;
import io.heddle.nats.Observation;
import io.heddle.testsupport.NatsProxy;
import io.nats.client.KeyValue;
import io.nats.client.KeyValueManagement;
import io.nats.client.api.KeyValueConfiguration;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WaitQueueTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Rig rig = new Rig();
    private final KvHolds holds = rig.holds();
    private final KvHolds others = rig.holds();

    @AfterEach
    void end() {
        rig.close();
    }

    @Test
    void whoWaitsIsServedInTurn() {
        FilePath file = file("queue");
        Grant grant = get(others.announce(new HoldRequest(file, "x", TTL)));
        List<String> served = new CopyOnWriteArrayList<>();
        for (String agent : List.of("a", "b", "c", "d")) {
            holds.acquire(new HoldRequest(file, agent, TTL), PATIENCE)
                    .subscribe()
                    .with(lease -> {
                        served.add(agent);
                        lease.close();
                    });
        }
        UniAssertSubscriber<Void> free =
                holds.await(file, PATIENCE).subscribe().withSubscriber(UniAssertSubscriber.create());
        assertThat(grant.hold().holder()).isEqualTo("x");
        assertThat(served).isEmpty();

        get(others.release(file, "x"));

        await().until(() -> served.size() == 4);
        assertThat(served).containsExactly("a", "b", "c", "d");
        free.awaitItem();
    }

    /** Grants and releases follow each other faster than the watch delivers them, so it only shows some of the entries. */
    @Test
    void everyWaiterOfTwoProcessesIsServedInTurn() {
        int rounds = Integer.getInteger("heddle.test.wait-rounds", 30);
        for (int round = 0; round < rounds; round++) {
            FilePath file = file("crowd/" + round);
            get(others.announce(new HoldRequest(file, "x", TTL)));
            List<List<Integer>> served = List.of(new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>());
            List<Throwable> failures = new CopyOnWriteArrayList<>();
            for (int waiter = 0; waiter < 50; waiter++) {
                int number = waiter;
                KvHolds process = waiter % 2 == 0 ? holds : others;
                process.announce(new HoldRequest(file, "w" + waiter, TTL), PATIENCE)
                        .chain(grant -> {
                            served.get(number % 2).add(number);
                            return process.release(file, "w" + number);
                        })
                        .subscribe()
                        .with(released -> {}, failures::add);
            }

            get(others.release(file, "x"));

            await().atMost(Duration.ofSeconds(25))
                    .until(() -> served.get(0).size() + served.get(1).size() + failures.size() == 50);
            assertThat(failures).as("round " + round).isEmpty();
            assertThat(served.get(0)).as("round " + round).isSorted();
            assertThat(served.get(1)).as("round " + round).isSorted();
        }
    }

    /**
     * The bucket has a history of 1: of a hold that is announced and released while the watch is behind, the watch only shows the
     * end. The watch is behind because a listener holds it up and because the broker has sent all that was pulled.
     */
    @Test
    void aWaiterIsServedAlthoughTheWatchNeverShowedTheHoldItWaitedFor() {
        CompletableFuture<Void> behind = new CompletableFuture<>();
        CompletableFuture<Void> goOn = new CompletableFuture<>();
        CompletableFuture<Void> refused = new CompletableFuture<>();
        KvHolds waiting = rig.holds(
                NatsProxy.before(rig.server),
                new HoldsListener() {
                    @Override
                    public void corrupt(String key) {
                        behind.complete(null);
                        goOn.join();
                    }

                    @Override
                    public Observation<Grant> announcing(FilePath file, String holder) {
                        return new Observation<>() {
                            @Override
                            public void failed(Throwable failure) {
                                if (failure instanceof HeldByAnotherException) {
                                    refused.complete(null);
                                }
                            }
                        };
                    }
                },
                "calibration-interval",
                "1h"); // it takes the lock that the listener holds
        KeyValue bucket = rig.bucket();
        byte[] other = Rig.goValue("go", Instant.now(), TTL);
        FilePath file = file("unseen");
        call(() -> bucket.put("corrupt", "no hold"));
        behind.join();
        for (int i = 0; i < 600; i++) {
            String key = "=2Ffill" + i;
            call(() -> bucket.put(key, other));
        }
        get(others.announce(new HoldRequest(file, "x", TTL)));

        UniAssertSubscriber<Grant> waiter = waiting.announce(new HoldRequest(file, "w", TTL), PATIENCE)
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
        assertThat(refused).succeedsWithin(PATIENCE);
        get(others.release(file, "x"));
        goOn.complete(null);

        assertThat(waiter.awaitItem(PATIENCE).getItem().hold().holder()).isEqualTo("w");
    }

    @Test
    void aWaiterIsServedWhenTheFileWasReleasedDuringAGapInTheWatch() {
        NatsProxy network = NatsProxy.before(rig.server);
        KvHolds waiting = rig.holds(network, HoldsListener.NONE);
        FilePath file = file("gap");
        get(others.announce(new HoldRequest(file, "x", TTL)));
        await().until(() -> waiting.status().revision() == others.status().revision());
        UniAssertSubscriber<Void> waiter =
                waiting.await(file, PATIENCE).subscribe().withSubscriber(UniAssertSubscriber.create());
        UniAssertSubscriber<Grant> next = waiting.announce(new HoldRequest(file, "w", TTL), PATIENCE)
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());

        network.cut();
        await().until(() -> !waiting.status().ready());
        get(others.release(file, "x"));
        network.heal();

        waiter.awaitItem(PATIENCE);
        assertThat(next.awaitItem(PATIENCE).getItem().hold().holder()).isEqualTo("w");
    }

    /** The revisions of the new bucket are lower than that of the hold that was waited for, and nothing shows that it is gone. */
    @Test
    void everyWaiterIsServedWhenTheBucketWasDeletedAndCreatedAgain() {
        List<UniAssertSubscriber<Grant>> waiters = new CopyOnWriteArrayList<>();
        for (String name : List.of("a", "b", "c")) {
            get(others.announce(new HoldRequest(file(name), "x", TTL)));
            for (KvHolds process : List.of(holds, others)) {
                waiters.add(process.announce(new HoldRequest(file(name), "w", TTL), PATIENCE)
                        .subscribe()
                        .withSubscriber(UniAssertSubscriber.create()));
            }
        }
        HoldLease lease = get(holds.acquire(new HoldRequest(file("lease"), "a", Duration.ofMinutes(5))));

        call(() -> {
            KeyValueManagement buckets = rig.raw().keyValueManagement();
            buckets.delete(Rig.BUCKET);
            return buckets.create(KeyValueConfiguration.builder(Rig.BUCKET)
                    .ttl(Duration.ofMinutes(5))
                    .maxHistoryPerKey(1)
                    .build());
        });

        waiters.forEach(waiter -> waiter.awaitItem(PATIENCE));
        assertThat(get(lease.lost())).as("renewed by a third of 5 minutes only").hasMessageContaining("not held");
    }

    /** Another client gives the bucket a shorter TTL, with which the hold that is waited for ends long before its own. */
    @Test
    void aWaiterIsServedWhenTheBucketForgetsTheHoldEarlier() {
        KvHolds waiting = rig.holds("calibration-interval", "200ms");
        get(others.announce(new HoldRequest(file("forgotten"), "x", Duration.ofMinutes(5))));
        UniAssertSubscriber<Grant> waiter = waiting.announce(
                        new HoldRequest(file("forgotten"), "w", Duration.ofSeconds(1)), PATIENCE)
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());

        call(() -> rig.raw()
                .keyValueManagement()
                .update(KeyValueConfiguration.builder(rig.bucket().getStatus().getConfiguration())
                        .ttl(Duration.ofSeconds(2))
                        .build()));

        assertThat(waiter.awaitItem(PATIENCE).getItem().renewal()).isFalse();
    }

    @Test
    void aWaiterIsServedAtTheEndOfAHoldAsItWasRenewed() {
        FilePath file = file("renewed");
        get(others.announce(new HoldRequest(file, "x", Duration.ofSeconds(1))));
        UniAssertSubscriber<Grant> waiter = holds.announce(new HoldRequest(file, "w", TTL), PATIENCE)
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
        Grant renewed = get(others.announce(new HoldRequest(file, "x", Duration.ofSeconds(2))));

        Hold granted = waiter.awaitItem(PATIENCE).getItem().hold();

        assertThat(granted.claimedAt()).isAfterOrEqualTo(renewed.hold().endsAt());
    }

    /** Each takes the file without waiting, again and again until it has it, and releases it at once. */
    @Test
    void aStormOfCallsOnOneFileIsResolved() {
        List<UniAssertSubscriber<ReleaseOutcome>> calls = new CopyOnWriteArrayList<>();
        List<KvHolds> processes = new ArrayList<>(List.of(holds, others));
        for (int i = 2; i < 10; i++) {
            processes.add(rig.holds());
        }
        for (int call = 0; call < 50; call++) {
            String holder = "s" + call;
            KvHolds process = processes.get(call % processes.size());
            calls.add(process.announce(new HoldRequest(file("storm"), holder, TTL))
                    .onFailure(HeldByAnotherException.class)
                    .retry()
                    .indefinitely()
                    .chain(grant -> process.release(grant.hold().file(), holder))
                    .subscribe()
                    .withSubscriber(UniAssertSubscriber.<ReleaseOutcome>create()));
        }

        calls.forEach(call -> call.awaitItem(PATIENCE).assertItem(ReleaseOutcome.RELEASED));
    }

    /** All of them renew the same hold, so each write makes those of the others fail. */
    @Test
    void aStormOfRenewalsOfOneHoldIsResolved() {
        List<UniAssertSubscriber<Grant>> calls = new CopyOnWriteArrayList<>();
        for (int call = 0; call < 300; call++) {
            calls.add((call % 2 == 0 ? holds : others)
                    .announce(new HoldRequest(file("storm"), "a", TTL))
                    .subscribe()
                    .withSubscriber(UniAssertSubscriber.<Grant>create()));
        }

        calls.forEach(call -> call.awaitItem(PATIENCE));
    }

    @Test
    void whoGivesUpWaitingLeavesNothingBehind() {
        FilePath file = file("given-up");
        get(others.announce(new HoldRequest(file, "x", TTL)));
        assertThat(failure(holds.acquire(new HoldRequest(file, "a", TTL), Duration.ofMillis(50))))
                .isInstanceOf(AwaitTimeoutException.class);
        Cancellable cancelled = holds.acquire(new HoldRequest(file, "b", TTL), PATIENCE)
                .subscribe()
                .with(lease -> {});
        UniAssertSubscriber<HoldLease> third = holds.acquire(new HoldRequest(file, "c", TTL), PATIENCE)
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());

        cancelled.cancel();
        get(others.release(file, "x"));

        assertThat(third.awaitItem().getItem().hold().holder()).isEqualTo("c");
    }
}
