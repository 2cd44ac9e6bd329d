package io.heddle.stream;

import static io.heddle.stream.Broker.STREAM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.nats.JetStreamUnavailableException;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.stream.StreamQuery.Replay;
import io.heddle.stream.StreamSignal.Message;
import io.heddle.stream.request.JetStreamApi;
import io.heddle.testsupport.NatsServer;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a subscriber sees when the broker, the stream or the consumer does not behave. */
@Timeout(60)
class StreamResumeTest {

    private static final Duration SOON = Duration.ofSeconds(2);

    private final Broker broker = Broker.started();
    private SignalRecorder recorder;

    @BeforeEach
    void readTwoMessages() {
        broker.makeStream();
        broker.publish("test.a", "1", "2");
        recorder = SignalRecorder.of(source(), Long.MAX_VALUE);
        await().until(recorder::isCaughtUp);
    }

    @AfterEach
    void end() {
        broker.close();
    }

    @Test
    void goesOnAfterTheServerWasRestarted() {
        broker.server.stop();
        broker.server.start();
        awaitCaughtUpAgain();
        broker.publish("test.a", "3");

        awaitStory("1", "2", "caught-up", "interrupted", "caught-up", "3");
    }

    @Test
    void goesOnAfterTheServerWasKilled() {
        broker.server.kill();
        broker.server.start();
        awaitCaughtUpAgain();
        broker.publish("test.a", "3");

        awaitStory("1", "2", "caught-up", "interrupted", "caught-up", "3");
        assertThat(broker.consumers()).hasSize(1);
    }

    @Test
    void goesOnAfterTheConsumerWasDeleted() {
        ConsumerInfo consumer = broker.consumers().get(0);

        Broker.attempt(() -> broker.management().deleteConsumer(STREAM, consumer.getName()));

        await().atMost(SOON).until(() -> recorder.story().contains("interrupted") && recorder.isCaughtUp());
        broker.publish("test.a", "3");
        awaitStory("1", "2", "caught-up", "interrupted", "caught-up", "3");
    }

    @Test
    void makesTheStreamAgainWhenNobodyElseDoes() {
        broker.deleteStream();

        await().atMost(SOON).until(() -> recorder.story().contains("restarted") && recorder.isCaughtUp());
        broker.publish("test.a", "new");
        awaitStory("1", "2", "caught-up", "interrupted", "restarted", "caught-up", "new");
    }

    @Test
    void readsAStreamFromItsBeginningThatSomebodyElseMadeAgain() {
        broker.deleteStream();
        broker.makeStream();
        broker.publish("test.a", "new 1", "new 2", "new 3");

        await().atMost(SOON).until(() -> recorder.texts().contains("new 3"));
        assertThat(recorder.texts()).containsExactly("1", "2", "new 1", "new 2", "new 3");
        assertThat(recorder.story()).containsSubsequence("caught-up", "interrupted", "restarted", "new 1");
    }

    @Test
    void neverChangesAStreamThatSomebodyElseMade() {
        broker.deleteStream();
        broker.makeStream(StreamConfiguration.builder(Broker.configuration())
                .maxMessagesPerSubject(7)
                .build());

        await().atMost(SOON).until(() -> recorder.story().contains("restarted") && recorder.isCaughtUp());
        assertThat(Broker.attempt(() -> broker.management().getStreamInfo(STREAM))
                        .getConfiguration()
                        .getMaxMsgsPerSubject())
                .isEqualTo(7);
    }

    @Test
    void startsOverOnAWipedStore() {
        broker.server.stop();
        broker.server.wipe();
        broker.server.start();

        await().until(() -> recorder.story().contains("restarted") && recorder.isCaughtUp());
        broker.publish("test.a", "new");
        awaitStory("1", "2", "caught-up", "interrupted", "restarted", "caught-up", "new");
    }

    @Test
    void startsOverOnAStreamThatWasRolledBack() {
        broker.server.stop();
        NatsServerStore backup = NatsServerStore.copyOf(broker.server);
        broker.server.start();
        broker.publish("test.a", "lost 1", "lost 2");
        await().until(() -> recorder.texts().contains("lost 2"));

        broker.server.stop();
        backup.restore();
        broker.server.start();

        await().until(() -> recorder.story().contains("restarted") && recorder.isCaughtUp());
        assertThat(recorder.texts()).containsExactly("1", "2", "lost 1", "lost 2", "1", "2");
    }

    @Test
    void noticesASilentServerAndGoesOnWhenItIsBack() {
        broker.server.freeze();
        await().atMost(SOON).untilAsserted(() -> assertThat(recorder.story()).endsWith("interrupted"));

        broker.server.thaw();

        awaitCaughtUpAgain();
        broker.publish("test.a", "3");
        awaitStory("1", "2", "caught-up", "interrupted", "caught-up", "3");
        await().untilAsserted(() -> assertThat(broker.consumers()).hasSize(1));
    }

    @Test
    void missesAndDoublesNothingUnderLoadAndTrouble() {
        int last = 2;
        for (int round = 0; round < 6; round++) {
            broker.publishMany(3_000, List.of("test.a", "test.b"));
            last += 3_000;
            if (round % 2 == 0) {
                Broker.attempt(() -> broker.management().getConsumerNames(STREAM))
                        .forEach(this::deleteConsumer);
            } else {
                broker.server.kill();
                broker.server.start();
            }
        }

        int everything = last;
        await().until(() -> recorder.texts().size() >= everything);
        assertThat(recorder.signals().stream().filter(Message.class::isInstance).map(signal ->
                        (int) ((Message) signal).sequence()))
                .isEqualTo(IntStream.rangeClosed(1, everything).boxed().toList());
    }

    @Test
    void tellsOnlyWhatIsStillTrueOnceThereIsDemand() {
        recorder.cancel();
        SignalRecorder slow = SignalRecorder.of(source(), 3);
        await().until(slow::isCaughtUp);
        for (int restarts = 0; restarts < 2; restarts++) {
            broker.server.kill();
            broker.server.start();
            await().until(() -> !broker.consumers().isEmpty());
        }

        slow.request(Long.MAX_VALUE);

        await().untilAsserted(() ->
                assertThat(slow.story()).containsExactly("1", "2", "caught-up", "interrupted", "caught-up"));
    }

    @Test
    void waitsForAStreamThatItMayNotMake() {
        StreamSource waiting =
                new StreamSource(broker.connection, new StreamQuery("OTHER", List.of("o.>"), Replay.ALL, null));
        SignalRecorder patient = SignalRecorder.of(waiting, Long.MAX_VALUE);
        await().during(Duration.ofMillis(300)).until(() -> patient.signals().isEmpty() && patient.failure() == null);

        broker.makeStream(
                StreamConfiguration.builder().name("OTHER").subjects("o.>").build());

        await().untilAsserted(() -> assertThat(patient.story()).containsExactly("caught-up"));
        patient.cancel();
    }

    @Test
    void waitsForABrokerThatIsNotThereYet() {
        NatsServer late = NatsServer.create();
        try (Broker absent = new Broker(late)) {
            SignalRecorder patient = SignalRecorder.of(
                    new StreamSource(
                            absent.connection,
                            new StreamQuery(STREAM, List.of("test.>"), Replay.ALL, Broker::configuration)),
                    Long.MAX_VALUE);
            late.start();

            await().untilAsserted(() -> assertThat(patient.story()).containsExactly("caught-up"));
        }
    }

    @Test
    void failsWhenTheBrokerHasNoJetStream() {
        try (Broker plain = new Broker(NatsServer.create().jetStream(false).start())) {
            SignalRecorder refused = SignalRecorder.of(
                    new StreamSource(
                            plain.connection,
                            new StreamQuery(STREAM, List.of("test.>"), Replay.ALL, Broker::configuration)),
                    0);

            await().untilAsserted(
                            () -> assertThat(refused.failure()).isInstanceOf(JetStreamUnavailableException.class));
            assertThat(refused.signals()).isEmpty();
        }
    }

    @Test
    void failsWhenTheConnectionIsClosedForGood() {
        broker.connection.close();

        await().untilAsserted(() -> assertThat(recorder.failure()).isInstanceOf(NatsUnavailableException.class));
    }

    /** It may be gone already: the subscription retires its own. */
    private void deleteConsumer(String name) {
        new JetStreamApi(broker.connection).deleteConsumer(STREAM, name).await().atMost(Duration.ofSeconds(30));
    }

    private void awaitStory(String... story) {
        await().untilAsserted(() -> assertThat(recorder.story()).containsExactly(story));
    }

    private void awaitCaughtUpAgain() {
        await().until(() -> recorder.story().contains("interrupted") && recorder.isCaughtUp());
    }

    private StreamSource source() {
        return new StreamSource(
                broker.connection, new StreamQuery(STREAM, List.of("test.>"), Replay.ALL, Broker::configuration));
    }
}
