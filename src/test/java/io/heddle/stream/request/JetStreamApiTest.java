package io.heddle.stream.request;

import static io.heddle.stream.Broker.STREAM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.heddle.nats.JetStreamRefusedException;
import io.heddle.nats.JetStreamUnavailableException;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.nats.NoAnswerException;
import io.heddle.nats.StreamNotFoundException;
import io.heddle.stream.Broker;
import io.heddle.testsupport.NatsServer;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import io.smallrye.mutiny.Uni;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class JetStreamApiTest {

    private final Broker broker = Broker.started();
    private final JetStreamApi api = new JetStreamApi(broker.connection);

    @AfterEach
    void end() {
        broker.close();
    }

    @Test
    void makesReadsAndChangesAStream() {
        assertThat(get(api.createStream(Broker.configuration()))
                        .getStreamState()
                        .getLastSequence())
                .isZero();
        broker.publish("test.a", "1");

        get(api.updateStream(StreamConfiguration.builder(Broker.configuration())
                .maxMessagesPerSubject(3)
                .build()));

        var info = get(api.streamInfo(STREAM));
        assertThat(info.getConfiguration().getMaxMsgsPerSubject()).isEqualTo(3);
        assertThat(info.getStreamState().getLastSequence()).isEqualTo(1);
    }

    @Test
    void tellsTheKindsOfTroubleApart() {
        assertThatThrownBy(() -> get(api.streamInfo(STREAM)))
                .isInstanceOfSatisfying(StreamNotFoundException.class, failure -> {
                    assertThat(failure.code()).isEqualTo(404);
                    assertThat(failure.apiErrorCode()).isEqualTo(10059);
                });
        get(api.createStream(Broker.configuration()));
        StreamConfiguration other = StreamConfiguration.builder(Broker.configuration())
                .maxMessagesPerSubject(3)
                .build();
        assertThatThrownBy(() -> get(api.createStream(other))).isInstanceOf(StreamNameInUseException.class);
        assertThatThrownBy(() -> get(api.consumerInfo(STREAM, "none"))).isInstanceOf(ConsumerNotFoundException.class);
        ConsumerConfiguration wrong =
                consumer().filterSubjects("test.a", "test.*").build();
        assertThatThrownBy(() -> get(api.createConsumer(STREAM, wrong)))
                .isExactlyInstanceOf(JetStreamRefusedException.class);
    }

    @Test
    void makesAndDeletesAConsumer() {
        get(api.createStream(Broker.configuration()));

        var made = get(api.createConsumer(
                STREAM, consumer().filterSubjects("test.a", "test.b").build()));

        assertThat(made.getName()).isEqualTo("reader");
        assertThat(made.getConsumerConfiguration().getFilterSubjects()).containsExactly("test.a", "test.b");
        assertThat(get(api.deleteConsumer(STREAM, "reader"))).isTrue();
        assertThat(get(api.deleteConsumer(STREAM, "reader"))).isFalse();
        assertThat(get(api.deleteConsumer("NONE", "reader"))).isFalse();
    }

    @Test
    void knowsWhetherThereIsJetStream() {
        assertThat(get(api.available())).isTrue();
        try (Broker plain = new Broker(NatsServer.create().jetStream(false).start())) {
            JetStreamApi none = new JetStreamApi(plain.connection);
            await().until(() -> plain.connection.state().isConnected());
            assertThat(get(none.available())).isFalse();
            assertThatThrownBy(() -> get(none.streamInfo(STREAM))).isInstanceOf(JetStreamUnavailableException.class);
        }
    }

    @Test
    void knowsThatAnAccountMayNotUseJetStream() {
        NatsServer server = NatsServer.create()
                .with("accounts { PLAIN { users: [ { user: u, password: p } ] } }", "no_auth_user: u");
        try (Broker without = new Broker(server.start())) {
            await().until(() -> without.connection.state().isConnected());
            assertThat(get(new JetStreamApi(without.connection).available())).isFalse();
        }
    }

    @Test
    void saysThatTheOutcomeIsUnknownWhenNoAnswerComes() {
        get(api.available());
        broker.server.freeze();
        try {
            Uni<?> call = api.withTimeout(Duration.ofMillis(300)).createStream(Broker.configuration());
            assertThatThrownBy(() -> get(call)).isInstanceOf(NoAnswerException.class);
        } finally {
            broker.server.thaw();
        }
    }

    @Test
    void asksAgainWithoutWaitingForTheTimeoutWhenToldToInsist() {
        var seen = new AtomicInteger();
        broker.server.stop();
        broker.server.jetStream(false).start();
        await().until(() -> broker.connection.state().isConnected());
        var leaderless = broker.administrator();
        // As a broker without a leader: silent at first.
        leaderless
                .createDispatcher(request -> {
                    if (seen.incrementAndGet() == 3) {
                        leaderless.publish(request.getReplyTo(), "{}".getBytes(StandardCharsets.UTF_8));
                    }
                })
                .subscribe("$JS.API.INFO");
        await().until(() -> leaderless.RTT() != null);
        assertThatThrownBy(() -> get(api.withTimeout(Duration.ofMillis(100)).available()))
                .isInstanceOf(NoAnswerException.class);

        assertThat(get(api.insisting(Duration.ofMillis(100)).available())).isTrue();
        assertThat(seen).hasValue(3);
    }

    @Test
    void saysThatNothingWasSentWhenDisconnected() {
        broker.connection.close();

        assertThatThrownBy(() -> get(api.streamInfo(STREAM))).isInstanceOf(NatsUnavailableException.class);
    }

    private static ConsumerConfiguration.Builder consumer() {
        return ConsumerConfiguration.builder().name("reader").ackPolicy(AckPolicy.None);
    }

    private static <T> T get(Uni<T> call) {
        return call.await().atMost(Duration.ofSeconds(30));
    }
}
