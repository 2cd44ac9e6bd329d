package io.heddle.stream;

import static io.heddle.stream.Broker.STREAM;
import static io.heddle.stream.Broker.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.stream.StreamQuery.Replay;
import io.heddle.stream.StreamSignal.CaughtUp;
import io.heddle.stream.StreamSignal.Message;
import io.nats.client.Connection;
import io.nats.client.Subscription;
import io.nats.client.api.ConsumerInfo;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Replay, demand and cancellation against a broker that behaves. */
class StreamSourceTest {

    private final Broker broker = Broker.started();

    @AfterEach
    void end() {
        broker.close();
    }

    @Test
    void replaysAllAndThenGoesOnLive() {
        broker.makeStream();
        broker.publish("test.a", "1", "2", "3");

        SignalRecorder recorder = SignalRecorder.of(source(Replay.ALL, "test.>"), Long.MAX_VALUE);
        await().until(recorder::isCaughtUp);
        broker.publish("test.b", "4");

        await().untilAsserted(() -> assertThat(recorder.story()).containsExactly("1", "2", "3", "caught-up", "4"));
        assertThat(recorder.signals().get(0)).isInstanceOfSatisfying(Message.class, message -> {
            assertThat(message.subject()).isEqualTo("test.a");
            assertThat(message.sequence()).isEqualTo(1);
            assertThat(message.headers()).isNull();
        });
        assertThat(recorder.signals().get(3))
                .isInstanceOfSatisfying(CaughtUp.class, caughtUp -> assertThat(caughtUp.sequence())
                        .isEqualTo(3));
    }

    @Test
    void anErrorThatASubscriberThrowsEndsItsSubscriptionAndItsConsumer() {
        broker.makeStream();
        broker.publish("test.a", "1");
        CompletableFuture<Throwable> ended = new CompletableFuture<>();

        source(Replay.ALL, "test.>").subscribe().subscribe().withSubscriber(new MultiSubscriber<StreamSignal>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onItem(StreamSignal signal) {
                throw new StackOverflowError("of the subscriber");
            }

            @Override
            public void onFailure(Throwable failure) {
                ended.complete(failure);
            }

            @Override
            public void onCompletion() {}
        });

        assertThat(ended).succeedsWithin(Duration.ofSeconds(10)).isInstanceOf(StackOverflowError.class);
        await().until(() -> broker.consumers().isEmpty());
    }

    @Test
    void anErrorInASubscriberEndsOnlyThatSubscriptionAndARetryGoesOn() {
        broker.makeStream();
        broker.publish("test.a", "1", "2");
        AtomicLong received = new AtomicLong();

        AssertSubscriber<StreamSignal> subscriber = source(Replay.ALL, "test.>")
                .subscribe()
                .onItem()
                .invoke(signal -> {
                    if (received.incrementAndGet() == 2) {
                        throw new StackOverflowError("of the subscriber");
                    }
                })
                .onFailure(StackOverflowError.class)
                .retry()
                .atMost(1)
                .subscribe()
                .withSubscriber(AssertSubscriber.create(Long.MAX_VALUE));

        await().until(() -> received.get() == 5); // 1, 2 that fails, 1, 2, caught-up
        broker.publish("test.a", "3");
        subscriber.awaitItems(5);
        await().until(() -> broker.consumers().size() == 1);
    }

    @Test
    void pullsABoundedNumberOfBytes() {
        broker.makeStream();
        String large = "x".repeat(900_000);
        broker.publish("test.a", Collections.nCopies(40, large).toArray(String[]::new));
        List<String> pulls = new CopyOnWriteArrayList<>();
        broker.administrator()
                .createDispatcher(pull -> pulls.add(new String(pull.getData(), StandardCharsets.US_ASCII)))
                .subscribe("$JS.API.CONSUMER.MSG.NEXT." + STREAM + ".>");

        SignalRecorder recorder = SignalRecorder.of(source(Replay.ALL, "test.>"), Long.MAX_VALUE);

        await().until(() -> recorder.texts().size() == 40);
        assertThat(recorder.story()).doesNotContain("interrupted");
        await().untilAsserted(() -> assertThat(pulls).hasSizeGreaterThan(4).allSatisfy(pull -> assertThat(pull)
                .contains("\"max_bytes\":8388608")));
    }

    @Test
    void replaysTheLastOfEachSubject() {
        broker.makeStream();
        broker.publish("test.a", "a1", "a2");
        broker.publish("test.b", "b1");
        broker.publish("test.a", "a3");

        SignalRecorder recorder = SignalRecorder.of(source(Replay.LAST_PER_SUBJECT, "test.>"), Long.MAX_VALUE);
        await().until(recorder::isCaughtUp);
        broker.publish("test.a", "a4", "a5");

        await().untilAsserted(() -> assertThat(recorder.story()).containsExactly("b1", "a3", "caught-up", "a4", "a5"));
    }

    @Test
    void isCaughtUpAtOnceWhenNothingIsThere() {
        SignalRecorder recorder = SignalRecorder.of(source(Replay.ALL, "test.>"), 1);

        await().untilAsserted(() -> assertThat(recorder.story()).containsExactly("caught-up"));
    }

    @Test
    void readsSeveralSubjectsWithOneConsumer() {
        broker.makeStream();
        broker.publish("test.a", "1");
        broker.publish("test.b", "other");
        broker.publish("test.c", "2");

        SignalRecorder recorder = SignalRecorder.of(source(Replay.ALL, "test.a", "test.c"), Long.MAX_VALUE);

        await().untilAsserted(() -> assertThat(recorder.story()).containsExactly("1", "2", "caught-up"));
        assertThat(broker.consumers()).hasSize(1);
    }

    @Test
    void pullsNothingForASubscriberThatRequestsNothing() {
        broker.makeStream();
        broker.publish("test.a", "1", "2", "3");

        SignalRecorder recorder = SignalRecorder.of(source(Replay.ALL, "test.>"), 0);

        await().until(() -> broker.consumers().size() == 1);
        await().during(Duration.ofSeconds(1)).untilAsserted(() -> {
            ConsumerInfo consumer = broker.consumers().get(0);
            assertThat(consumer.getDelivered().getConsumerSequence()).isZero();
            assertThat(consumer.getNumWaiting()).isZero();
        });
        assertThat(recorder.signals()).isEmpty();
    }

    @Test
    void pullsAsManyAsRequestedAndNoMore() {
        broker.makeStream();
        broker.publish("test.a", "1", "2", "3", "4", "5");
        SignalRecorder recorder = SignalRecorder.of(source(Replay.ALL, "test.>"), 0);

        recorder.request(3);

        await().untilAsserted(() -> assertThat(recorder.story()).containsExactly("1", "2", "3"));
        await().during(Duration.ofMillis(500)).untilAsserted(() -> {
            ConsumerInfo consumer = broker.consumers().get(0);
            assertThat(consumer.getDelivered().getConsumerSequence()).isEqualTo(3);
            assertThat(consumer.getNumWaiting()).isZero();
        });
    }

    @Test
    void bringsAHundredThousandThroughSmallDemand() {
        broker.makeStream();
        broker.publishMany(100_000, List.of("test.a", "test.b"));
        AtomicLong last = new AtomicLong();
        AtomicLong outOfOrder = new AtomicLong();

        Cancellable reading = source(Replay.ALL, "test.>")
                .subscribe()
                // Asks for 16, and for more as they are taken.
                .emitOn(Runnable::run, 16)
                .select()
                .where(Message.class::isInstance)
                .subscribe()
                .with(signal -> {
                    long sequence = ((Message) signal).sequence();
                    if (last.getAndSet(sequence) != sequence - 1) {
                        outOfOrder.incrementAndGet();
                    }
                });

        await().atMost(Duration.ofSeconds(30)).until(() -> last.get() == 100_000);
        reading.cancel();
        assertThat(outOfOrder).hasValue(0);
    }

    @Test
    void keepsTheOrderWhenRequestedOneByOne() {
        broker.makeStream();
        broker.publishMany(500, List.of("test.a"));
        SignalRecorder recorder = SignalRecorder.of(source(Replay.ALL, "test.>"), 0);

        for (int i = 0; i < 501; i++) {
            recorder.request(1);
        }

        await().until(recorder::isCaughtUp);
        assertThat(recorder.texts()).isEqualTo(numbers(500));
    }

    @Test
    void findsTheMessagesOfOneSubjectAmongManyOthers() {
        broker.makeStream();
        broker.publishMany(
                20_000,
                IntStream.range(0, 5_000).mapToObj(other -> "test." + other).toList());
        broker.publishMany(64, List.of("test.mine"));

        SignalRecorder recorder = SignalRecorder.of(source(Replay.ALL, "test.mine"), Long.MAX_VALUE);

        await().atMost(Duration.ofSeconds(5)).until(recorder::isCaughtUp);
        assertThat(recorder.texts()).isEqualTo(numbers(64));
    }

    @Test
    void noticesMessagesThatSomebodyElseTookFromItsConsumer() {
        broker.makeStream();
        SignalRecorder recorder = SignalRecorder.of(source(Replay.ALL, "test.>"), Long.MAX_VALUE);
        await().until(recorder::isCaughtUp);
        String consumer = broker.consumers().get(0).getName();

        Connection thief = broker.administrator();
        String loot = thief.createInbox();
        Subscription stolen = thief.subscribe(loot);
        thief.publish(
                "$JS.API.CONSUMER.MSG.NEXT." + STREAM + "." + consumer,
                loot,
                "{\"batch\":1,\"expires\":5000000000}".getBytes(StandardCharsets.UTF_8));
        broker.publishMany(20, List.of("test.a"));

        await().until(() -> recorder.texts().size() == 20);
        assertThat(recorder.texts()).isEqualTo(numbers(20));
        assertThat(stolen.getPendingMessageCount()).isEqualTo(1);
        assertThat(recorder.story()).contains("interrupted");
    }

    @Test
    void leavesNothingBehindWhenCancelled() {
        broker.makeStream();
        broker.publish("test.a", "1", "2", "3");
        long before = broker.subscriptions();
        SignalRecorder recorder = SignalRecorder.of(source(Replay.ALL, "test.>"), Long.MAX_VALUE);
        await().until(recorder::isCaughtUp);
        assertThat(broker.consumers()).hasSize(1);

        recorder.cancel();

        await().untilAsserted(() -> assertThat(broker.consumers()).isEmpty());
        // One more than before at most: that of the answers, made with the first request.
        await().untilAsserted(() -> assertThat(broker.subscriptions()).isLessThanOrEqualTo(before + 1));
    }

    @Test
    void isCaughtUpAlthoughWhatWasPendingIsGone() {
        broker.makeStream();
        broker.publish("test.a", "1", "2", "3");
        SignalRecorder recorder = SignalRecorder.of(source(Replay.ALL, "test.>"), 0);
        await().until(() -> broker.consumers().size() == 1);

        Broker.attempt(() -> broker.management().purgeStream(STREAM));
        recorder.request(Long.MAX_VALUE);

        await().untilAsserted(() -> assertThat(recorder.story()).containsExactly("caught-up"));
    }

    private StreamSource source(Replay replay, String... subjects) {
        return new StreamSource(
                broker.connection, new StreamQuery(STREAM, List.of(subjects), replay, Broker::configuration));
    }
}
