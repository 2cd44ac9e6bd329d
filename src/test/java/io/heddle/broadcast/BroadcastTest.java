package io.heddle.broadcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BroadcastTest {

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final Broadcast<Integer> broadcast = new Broadcast<>(executor);

    @AfterEach
    void end() {
        broadcast.close();
        executor.shutdownNow();
    }

    @Test
    void givesEverySubscriberEverythingInOrder() {
        Listener<Integer> one = subscribe(new Listener<>(Long.MAX_VALUE), 10);
        Listener<Integer> other = subscribe(new Listener<>(Long.MAX_VALUE), 10);

        publish(1, 3);

        await().untilAsserted(() -> assertThat(one.items()).containsExactly(1, 2, 3));
        await().untilAsserted(() -> assertThat(other.items()).containsExactly(1, 2, 3));
    }

    @Test
    void givesNoMoreThanRequested() {
        Listener<Integer> listener = subscribe(new Listener<>(2), 10);

        publish(1, 5);

        await().untilAsserted(() -> assertThat(listener.items()).containsExactly(1, 2));
        await().during(Duration.ofMillis(100)).until(() -> listener.count() == 2);
        listener.request(1);
        await().untilAsserted(() -> assertThat(listener.items()).containsExactly(1, 2, 3));
    }

    @Test
    void endsASubscriberThatFallsBehindItsBuffer() {
        Listener<Integer> slow = subscribe(new Listener<>(0), 4);
        Listener<Integer> quick = subscribe(new Listener<>(Long.MAX_VALUE), 4);

        publishPaced(5, quick);

        await().untilAsserted(() -> assertThat(slow.failure())
                .isInstanceOfSatisfying(SlowSubscriberException.class, failure -> assertThat(failure.lost())
                        .isEqualTo(5)));
        assertThat(broadcast.evictions()).isEqualTo(1);
        assertThat(broadcast.subscribers()).isEqualTo(1);
        assertThat(quick.items()).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void takesAnEvictedSubscriberBack() {
        subscribe(new Listener<>(0), 1);
        publish(1, 2);
        Listener<Integer> again = subscribe(new Listener<>(Long.MAX_VALUE), 1);

        broadcast.publish(3);

        await().untilAsserted(() -> assertThat(again.items()).containsExactly(3));
    }

    @Test
    void startsWithASnapshotThatNeedsNoRoom() {
        List<Integer> snapshot = IntStream.rangeClosed(1, 1_000).boxed().toList();
        Listener<Integer> listener = new Listener<>(10);
        broadcast.subscribe(2, () -> snapshot).subscribe(listener);

        publish(1_001, 1_002);

        await().untilAsserted(() -> assertThat(listener.items()).hasSize(10));
        listener.request(Long.MAX_VALUE);
        await().untilAsserted(() -> assertThat(listener.items())
                .isEqualTo(IntStream.rangeClosed(1, 1_002).boxed().toList()));
    }

    @Test
    void losesAndDoublesNothingBetweenSnapshotAndLive() throws Exception {
        int last = 5_000;
        List<Integer> state = new ArrayList<>();
        List<Listener<Integer>> listeners = new ArrayList<>();

        Thread publisher = new Thread(() -> {
            for (int number = 1; number <= last; number++) {
                int next = number;
                broadcast.publishAll(() -> {
                    state.add(next);
                    return List.of(next);
                });
            }
        });
        publisher.start();
        for (int i = 0; i < 50; i++) {
            Listener<Integer> listener = new Listener<>(Long.MAX_VALUE);
            broadcast.subscribe(last, () -> List.copyOf(state)).subscribe(listener);
            listeners.add(listener);
        }
        publisher.join();

        List<Integer> everything = IntStream.rangeClosed(1, last).boxed().toList();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> listeners.stream().allMatch(listener -> listener.count() >= last));
        assertThat(listeners)
                .allSatisfy(listener -> assertThat(listener.items()).isEqualTo(everything));
    }

    @Test
    void theOthersSeeEverythingWhenTenNeverRequestAndTenBlock() {
        List<Listener<Integer>> good = Stream.generate(() -> subscribe(new Listener<>(Long.MAX_VALUE), 32))
                .limit(980)
                .toList();
        List<Listener<Integer>> absent = Stream.generate(() -> subscribe(new Listener<>(0), 32))
                .limit(10)
                .toList();
        List<Listener<Integer>> blocked = Stream.generate(
                        () -> subscribe(new Listener<Integer>(Long.MAX_VALUE).blocked(), 32))
                .limit(10)
                .toList();

        for (int number = 1; number <= 200; number++) {
            broadcast.publish(number);
            if (number % 16 == 0) {
                int sofar = number;
                await().pollInterval(Duration.ofMillis(1))
                        .until(() -> good.stream().allMatch(listener -> listener.count() == sofar));
            }
        }

        List<Integer> everything = IntStream.rangeClosed(1, 200).boxed().toList();
        await().until(() -> good.stream().allMatch(listener -> listener.count() >= 200));
        assertThat(good).allSatisfy(listener -> assertThat(listener.items()).isEqualTo(everything));
        assertThat(good).allSatisfy(listener -> assertThat(listener.failure()).isNull());
        assertThat(absent).allSatisfy(listener -> await().untilAsserted(
                        () -> assertThat(listener.failure()).isInstanceOf(SlowSubscriberException.class)));
        blocked.forEach(Listener::unblock);
        assertThat(blocked).allSatisfy(listener -> {
            await().untilAsserted(() -> assertThat(listener.failure()).isInstanceOf(SlowSubscriberException.class));
            assertThat(listener.items()).containsExactly(1);
        });
        assertThat(broadcast.evictions()).isEqualTo(20);
        assertThat(broadcast.subscribers()).isEqualTo(980);
    }

    @Test
    void completesAfterWhatWasPublished() {
        Listener<Integer> listener = subscribe(new Listener<>(1), 10);
        publish(1, 2);

        broadcast.complete();

        await().untilAsserted(() -> assertThat(listener.items()).containsExactly(1));
        assertThat(listener.isCompleted()).isFalse();
        listener.request(1);
        await().until(listener::isCompleted);
        assertThat(listener.items()).containsExactly(1, 2);
    }

    @Test
    void closesAtOnceAndForEver() {
        Listener<Integer> listener = subscribe(new Listener<>(0), 10);
        publish(1, 2);

        broadcast.close();
        broadcast.close();

        await().until(listener::isCompleted);
        Listener<Integer> late = subscribe(new Listener<>(1), 10);
        await().until(late::isCompleted);
        broadcast.publish(3);
        assertThat(late.items()).isEmpty();
    }

    @Test
    void forgetsACancelledSubscriber() {
        Listener<Integer> listener = subscribe(new Listener<>(0), 1);

        listener.cancel();

        await().until(() -> broadcast.subscribers() == 0);
        publish(1, 5);
        assertThat(broadcast.evictions()).isZero();
        assertThat(listener.failure()).isNull();
    }

    @Test
    void failsOnlyTheSubscriptionWhoseSnapshotFails() {
        Listener<Integer> fine = subscribe(new Listener<>(1), 1);
        Listener<Integer> unlucky = new Listener<>(1);

        broadcast
                .subscribe(1, () -> {
                    throw new IllegalStateException("no snapshot");
                })
                .subscribe(unlucky);

        await().untilAsserted(() -> assertThat(unlucky.failure()).hasMessage("no snapshot"));
        broadcast.publish(1);
        await().untilAsserted(() -> assertThat(fine.items()).containsExactly(1));
    }

    @Test
    void survivesASubscriberThatThrows() {
        AtomicInteger calls = new AtomicInteger();
        Listener<Integer> fine = subscribe(new Listener<>(Long.MAX_VALUE), 10);

        broadcast
                .subscribe(10)
                .subscribe()
                .with(
                        item -> {
                            calls.incrementAndGet();
                            throw new IllegalStateException("a bug of the subscriber");
                        },
                        failure -> {});
        publish(1, 3);

        await().untilAsserted(() -> assertThat(fine.items()).containsExactly(1, 2, 3));
        await().until(() -> broadcast.subscribers() == 1);
        assertThat(calls).hasValue(1);
    }

    @Test
    void refusesABufferOfNothing() {
        assertThatThrownBy(() -> broadcast.subscribe(0)).isInstanceOf(IllegalArgumentException.class);
    }

    private Listener<Integer> subscribe(Listener<Integer> listener, int buffer) {
        broadcast.subscribe(buffer).subscribe(listener);
        return listener;
    }

    private void publish(int first, int last) {
        IntStream.rangeClosed(first, last).forEach(broadcast::publish);
    }

    private void publishPaced(int last, Listener<Integer> listener) {
        for (int number = 1; number <= last; number++) {
            broadcast.publish(number);
            int sofar = number;
            await().pollInterval(Duration.ofMillis(1)).until(() -> listener.count() == sofar);
        }
    }
}
