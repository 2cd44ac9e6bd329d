package io.heddle.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RequestsTest {

    private static final byte[] NOTHING = new byte[0];
    private static final Duration TIMEOUT = Duration.ofSeconds(3);
    private static final String USER =
            "authorization { users: [ { user: u, password: p, permissions: { publish: { deny: [ %s ] },"
                    + " subscribe: { allow: [ %s ] } } } ] }";

    private final NatsServer server = NatsServer.create();
    private NatsConnection connection;

    @AfterEach
    void end() {
        connection.close();
        server.close();
    }

    @Test
    void aCallWaitsForTheFirstConnection() {
        connect(Map.of());
        CompletableFuture<?> call = connection.request("$SYS.REQ.USER.INFO", null, NOTHING, Duration.ofSeconds(20));
        CompletableFuture<?> impatient = connection.request("x", null, NOTHING, Duration.ofMillis(100));
        assertThatThrownBy(impatient::join).hasMessageContaining("not reachable");
        assertThat(call).isNotDone();

        server.start();

        assertThat(call).succeedsWithin(20, TimeUnit.SECONDS);
    }

    @Test
    void aRefusedPublishFailsAtOnceAndNamesItsSubject() {
        server.with(String.format(USER, "secret.x", "\"_INBOX.>\"")).start();
        connect(Map.of("heddle.nats.user", "u", "heddle.nats.password", "p"));

        assertThat(connection.request("secret.x", null, NOTHING, Duration.ofSeconds(20)))
                .failsWithin(5, TimeUnit.SECONDS)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(NotPermittedException.class)
                .withMessageContaining("secret.x");
        assertThat(connection.refusal().orElseThrow().subject()).isEqualTo("secret.x");
    }

    @Test
    void repliesArriveAgainAfterTheirPermissionCameBackAndWithAPrefixWithoutADot() {
        server.with(String.format(USER, "secret.x", "\"_INBOX_a.>\"")).start();
        connect(Map.of("heddle.nats.user", "u", "heddle.nats.password", "p", "heddle.nats.inbox-prefix", "_INBOX_a"));
        String question = "$SYS.REQ.USER.INFO";
        assertThat(connection.request(question, null, NOTHING, TIMEOUT)).succeedsWithin(5, TimeUnit.SECONDS);

        server.reload("_INBOX_a.>", "_INBOX_b.>");
        await().until(() -> connection.refusal().isPresent());
        assertThatThrownBy(() -> connection
                        .request(question, null, NOTHING, Duration.ofMillis(300))
                        .join())
                .hasCauseInstanceOf(NoAnswerException.class);
        assertThat(connection.error().orElseThrow()).contains("inboxes");
        server.reload("_INBOX_b.>", "_INBOX_a.>");

        await().atMost(Duration.ofSeconds(30)).until(() -> connection
                .request(question, null, NOTHING, Duration.ofMillis(500))
                .handle((answer, failure) -> failure == null)
                .join());
        assertThat(connection.error()).isEmpty();
    }

    @Test
    void requestsThatNoOneAnswersDoNotEndAConnectionWhoseBrokerAnswers() {
        server.start();
        connect(Map.of());
        await().until(() -> connection.state().isConnected());
        connection.require().createDispatcher(message -> {}).subscribe("silent");

        assertThatThrownBy(() -> connection
                        .request("silent", null, NOTHING, Duration.ofMillis(5_500))
                        .join())
                .hasCauseInstanceOf(NoAnswerException.class);
        assertThat(connection.error()).isPresent();

        await().until(() -> connection.error().isEmpty());
        assertThat(connection.state().connects()).isEqualTo(1);
    }

    private void connect(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("heddle.nats.servers", server.url());
        connection = new NatsConnection(Configs.of(NatsConfig.class, all), null);
        connection.start();
    }
}
