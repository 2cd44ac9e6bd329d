package io.heddle.hold.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.bench.Latencies;
import io.heddle.bench.Rounds;
import io.heddle.bench.Row;
import io.heddle.bench.Scorecard;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldKey;
import io.heddle.hold.KvHolds;
import io.heddle.hold.Rig;
import io.heddle.testsupport.Chart;
import io.nats.client.Connection;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueWatcher;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** From the write of a hold by another client until subscribers have the event, beside a plain jnats watch of the same bucket. */
@Tag("bench")
class HoldEventsBenchIT {

    private static final Duration TTL = Duration.ofHours(1);
    private static final int SUBSCRIBERS = 1_000;
    private static final int BLOCKED = 10;
    private static final int EVENTS = Scorecard.size(300, 100);
    private static final int ROUNDS = Scorecard.size(8, 3);

    private final Rig rig = new Rig();
    private final KvHolds holds = rig.holds("max-ttl", "1h");
    private final Connection raw = rig.raw();
    private final KeyValue bucket = rig.bucket();
    private final List<Cancellable> subscriptions = new ArrayList<>();
    private final Latencies latencies = new Latencies();
    private int names;
    private volatile long sent;
    private volatile Histogram times = latencies.round();
    /** Open until everybody has the event. */
    private volatile CountDownLatch delivered = new CountDownLatch(0);

    @AfterEach
    void close() {
        subscriptions.forEach(Cancellable::cancel);
        rig.close();
    }

    @Test
    void aThousandSubscribersTenOfThemBlocked() throws Exception {
        subscribe(SUBSCRIBERS);
        assertThat(consumers()).as("for all subscribers").isEqualTo(1);
        unsubscribe();
        Rounds watch = Rounds.of(
                ROUNDS,
                () -> {
                    subscribe(SUBSCRIBERS);
                    double p99 = latencies.add("1,000 subscribers", round(SUBSCRIBERS), 99);
                    unsubscribe();
                    return p99 / 1e3;
                },
                () -> {
                    watch();
                    double p99 = latencies.add("jnats watch", round(1), 99);
                    unsubscribe();
                    return p99 / 1e3;
                });
        Scorecard.add(Row.of("event to 1,000 subscribers in the process, p99", "one jnats watch", "ms", watch)
                .moreAtMost(5));

        Rounds blocked = Rounds.of(
                ROUNDS,
                () -> {
                    block();
                    subscribe(SUBSCRIBERS);
                    double p99 = latencies.add("1,000 subscribers, and 10 blocked", round(SUBSCRIBERS), 99);
                    unsubscribe();
                    return p99 / 1e3;
                },
                () -> {
                    subscribe(SUBSCRIBERS);
                    double p99 = latencies.add("1,000 subscribers", round(SUBSCRIBERS), 99);
                    unsubscribe();
                    return p99 / 1e3;
                });
        Scorecard.add(Row.of("the same with 10 more that are blocked, p99", "without them", "ms", blocked)
                .atMost(1.1, 2));
        latencies.chart(
                "From the write of a hold until a subscriber has the event",
                Scorecard.DIRECTORY.resolve("event-latency.svg"));
    }

    @Test
    void theCostOfManySubscribers() throws Exception {
        List<Integer> sizes = new ArrayList<>();
        List<Double> medians = new ArrayList<>();
        List<Double> nineties = new ArrayList<>();
        for (int size = 100; size <= Scorecard.size(100_000, 10_000); size *= 10) {
            subscribe(size);
            round(size, 20);
            Histogram round = round(size, Math.max(20, Math.min(EVENTS, 1_000_000 / size)));
            unsubscribe();
            sizes.add(size);
            medians.add(round.getValueAtPercentile(50) / 1e6);
            nineties.add(round.getValueAtPercentile(99) / 1e6);
            Scorecard.note("event to %,d subscribers: p50 %.2f ms, p99 %.2f ms"
                    .formatted(size, medians.get(medians.size() - 1), nineties.get(nineties.size() - 1)));
        }
        Chart.of("From the write of a hold until a subscriber has the event", "subscribers", "ms")
                .logarithmic()
                .line("p50", sizes, medians)
                .line("p99", sizes, nineties)
                .write(Scorecard.DIRECTORY.resolve("subscribers.svg"));
    }

    private Histogram round(int receivers) {
        return round(receivers, EVENTS);
    }

    /** One event at a time: the next is written once all have it. */
    private Histogram round(int receivers, int events) {
        times = latencies.round();
        for (int i = 0; i < events; i++) {
            String key = HoldKey.of(Rig.file("e" + ++names)).text();
            byte[] value = Rig.goValue("agent", Instant.now(), TTL);
            CountDownLatch all = new CountDownLatch(receivers);
            delivered = all;
            sent = System.nanoTime();
            Rig.call(() -> bucket.put(key, value));
            try {
                if (!all.await(20, TimeUnit.SECONDS)) {
                    throw new IllegalStateException(all.getCount() + " of " + receivers + " did not get the event");
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return times;
    }

    private void received() {
        times.recordValue(System.nanoTime() - sent);
        delivered.countDown();
    }

    private void subscribe(int count) {
        for (int i = 0; i < count; i++) {
            subscriptions.add(announced().subscribe().with(event -> received(), failure -> {
                throw new IllegalStateException(failure);
            }));
        }
    }

    /** What happens from now on: a subscription begins with what is held already. */
    private Multi<HoldEvent> announced() {
        return holds.subscribe(holds.status().revision()).filter(HoldEvent.Announced.class::isInstance);
    }

    /** Half of them ask for nothing, the others hold the thread that brings them an event. */
    private void block() {
        for (int i = 0; i < BLOCKED; i++) {
            if (i % 2 == 0) {
                Silent silent = new Silent();
                holds.subscribe(holds.status().revision()).subscribe().withSubscriber(silent);
                subscriptions.add(silent);
            } else {
                Stuck stuck = new Stuck();
                Cancellable subscription = holds.subscribe(holds.status().revision())
                        .subscribe()
                        .with(event -> stuck.park(), failure -> {});
                subscriptions.add(() -> {
                    subscription.cancel();
                    stuck.go();
                });
            }
        }
    }

    private void watch() throws Exception {
        var subscription = bucket.watchAll(
                new KeyValueWatcher() {
                    @Override
                    public void watch(KeyValueEntry entry) {
                        received();
                    }

                    @Override
                    public void endOfData() {}
                },
                io.nats.client.api.KeyValueWatchOption.UPDATES_ONLY);
        subscriptions.add(subscription::unsubscribe);
    }

    private void unsubscribe() {
        subscriptions.forEach(Cancellable::cancel);
        subscriptions.clear();
        await().until(() -> holds.status().subscribers() == 0);
    }

    private long consumers() {
        return Rig.call(() -> raw.jetStreamManagement()
                .getStreamInfo("KV_" + Rig.BUCKET)
                .getStreamState()
                .getConsumerCount());
    }

    private static final class Stuck {
        private final CountDownLatch free = new CountDownLatch(1);

        void park() {
            try {
                free.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        void go() {
            free.countDown();
        }
    }

    private static final class Silent implements Flow.Subscriber<HoldEvent>, Cancellable {
        private volatile Flow.Subscription subscription;

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
        }

        @Override
        public void onNext(HoldEvent event) {
            throw new IllegalStateException("nothing was asked for");
        }

        @Override
        public void onError(Throwable failure) {
            // It is evicted, as it should be.
        }

        @Override
        public void onComplete() {
            // Nothing to do.
        }

        @Override
        public void cancel() {
            subscription.cancel();
        }
    }
}
