package io.heddle.stream.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.nats.NoAnswerException;
import io.heddle.nats.NoRespondersException;
import io.heddle.nats.StreamNotFoundException;
import io.heddle.stream.request.JetStreamApi;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueOperation;
import io.nats.client.impl.Headers;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KvBucketTest {

    private static final byte[] ONE = "1".getBytes(StandardCharsets.UTF_8);
    private static final byte[] TWO = "2".getBytes(StandardCharsets.UTF_8);

    private final NatsServer server = NatsServer.started();
    private final NatsConnection connection =
            new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", server.url())), null);
    private final KvBucket bucket = new KvBucket(connection, "b", Duration.ofMillis(500));
    private KeyValue reference;

    @BeforeEach
    void begin() throws IOException, JetStreamApiException {
        connection.start();
        await().until(() -> connection.state().isConnected());
        connection
                .require()
                .keyValueManagement()
                .create(KeyValueConfiguration.builder("b").build());
        reference = connection.require().keyValue("b");
    }

    @AfterEach
    void end() {
        connection.close();
        server.close();
    }

    @Test
    void anAnswerWithoutASequenceIsNoAcknowledgement() {
        connection
                .require()
                .createDispatcher(request -> connection
                        .require()
                        .publish(request.getReplyTo(), "{\"stream\":\"KV_x\"}".getBytes(StandardCharsets.UTF_8)))
                .subscribe("$KV.x.k");
        KvBucket answered = new KvBucket(connection, "x", Duration.ofSeconds(5));

        assertThatThrownBy(() -> get(answered.put("k", ONE, null, 0)))
                .isInstanceOf(NoAnswerException.class)
                .hasRootCauseMessage("an answer without a sequence is no acknowledgement");
        assertThatThrownBy(() -> get(new JetStreamApi(connection).publish("$KV.x.k", null, ONE)))
                .isInstanceOf(NoAnswerException.class);
    }

    @Test
    void writesOverTheExpectedRevisionOnly() throws IOException, JetStreamApiException {
        long first = get(bucket.put("k", ONE, null, 0));
        long second = get(bucket.put("k", TWO, new Headers().put("X", "y"), first));

        assertThatThrownBy(() -> get(bucket.put("k", ONE, null, first))).isInstanceOf(WrongRevisionException.class);
        assertThatThrownBy(() -> get(bucket.put("k", ONE, null, 0))).isInstanceOf(WrongRevisionException.class);
        assertThat(reference.get("k").getValueAsString()).isEqualTo("2");
        KvEntry entry = get(bucket.get("k")).orElseThrow();
        assertThat(entry.revision()).isEqualTo(second);
        assertThat(entry.value()).isEqualTo(TWO);
        assertThat(entry.deleted()).isFalse();
        assertThat(entry.header("X")).isEqualTo("y");
        assertThat(entry.header("Y")).isNull();
    }

    @Test
    void deletesAsOtherClientsDo() throws IOException, JetStreamApiException, InterruptedException {
        long first = get(bucket.put("k", ONE, null, 0));

        long marker = get(bucket.delete("k", new Headers().put("Heddle-Reason", "test"), first));

        assertThat(reference.get("k")).isNull();
        KeyValueEntry last = reference.history("k").get(0);
        assertThat(last.getOperation()).isEqualTo(KeyValueOperation.DELETE);
        KvEntry entry = get(bucket.get("k")).orElseThrow();
        assertThat(entry.deleted()).isTrue();
        assertThat(entry.header("Heddle-Reason")).isEqualTo("test");
        assertThatThrownBy(() -> get(bucket.delete("k", null, first))).isInstanceOf(WrongRevisionException.class);
        assertThat(get(bucket.put("k", TWO, null, marker))).isGreaterThan(marker);
    }

    @Test
    void seesPurgesAndAbsentKeysAndBuckets() throws IOException, JetStreamApiException {
        reference.put("p", ONE);
        reference.purge("p");

        assertThat(get(bucket.get("p")).orElseThrow().deleted()).isTrue();
        assertThat(get(bucket.get("never"))).isEmpty();
        KvBucket absent = new KvBucket(connection, "absent", Duration.ofMillis(500));
        assertThatThrownBy(() -> get(absent.get("k"))).isInstanceOf(StreamNotFoundException.class);
        assertThatThrownBy(() -> get(absent.put("k", ONE, null, 0))).isInstanceOf(NoRespondersException.class);
    }

    @Test
    void aWriteThatIsNotAnsweredIsUnknownAndOneThatIsNotSentIsNot() {
        server.freeze();
        assertThatThrownBy(() -> get(bucket.put("k", ONE, null, 0))).isInstanceOf(NoAnswerException.class);
        server.thaw();
        await().until(() -> get(bucket.get("k")).isPresent());

        server.kill();
        await().until(() -> !connection.state().isConnected());
        assertThatThrownBy(() -> get(bucket.put("k", ONE, null, 0))).isInstanceOf(NatsUnavailableException.class);
    }

    private static <T> T get(Uni<T> uni) {
        return uni.await().atMost(Duration.ofSeconds(30));
    }
}
