package io.heddle.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.heddle.nats.NatsState.Phase;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NatsConnectionTest {

    private final NatsServer server = NatsServer.create();
    private NatsConnection connection;

    @AfterEach
    void end() {
        connection.close();
        server.close();
    }

    @Test
    void connectsOnceTheBrokerIsThere() {
        connection = connect(Map.of());
        await().until(() -> connection.state().error() != null);
        assertThatThrownBy(connection::require).isInstanceOf(NatsUnavailableException.class);

        server.start();

        awaitConnects(1);
        assertThat(connection.require().getServerInfo().isJetStreamAvailable()).isTrue();
        assertThat(connection.state().server()).isGreaterThanOrEqualTo(ServerVersion.MINIMUM);
    }

    @Test
    void comesBackAfterTheBrokerWasAway() {
        server.start();
        connection = connect(Map.of());
        List<Phase> phases = new CopyOnWriteArrayList<>();
        connection.listen(state -> phases.add(state.phase()));
        awaitConnects(1);

        server.kill();
        await().until(() -> connection.state().phase() == Phase.DISCONNECTED);
        server.start();

        awaitConnects(2);
        assertThat(phases).endsWith(Phase.CONNECTED, Phase.DISCONNECTED, Phase.CONNECTED);
    }

    @Test
    void goesOnWhenLoginsAreRefusedTwiceAndThenAccepted() {
        server.with("authorization { user: \"u\", password: \"right-pass\" }").start();
        connection = connect(Map.of("heddle.nats.user", "u", "heddle.nats.password", "right-pass"));
        awaitConnects(1);

        server.stop();
        NatsServer strict = server;
        strict.with("authorization { user: \"u\", password: \"other-pass\" }").start();
        await().until(() -> String.valueOf(connection.state().error()).contains("Authorization"));
        strict.stop();
        strict.with("authorization { user: \"u\", password: \"right-pass\" }").start();

        awaitConnects(2);
    }

    @Test
    void logsInWithAToken() {
        server.with("authorization { token: \"t0ken\" }").start();
        connection = connect(Map.of("heddle.nats.token", "t0ken"));
        awaitConnects(1);
        assertThat(connection.state().toString()).doesNotContain("t0ken");
    }

    @Test
    void leavesNoConnectionBehindWhenItIsClosedWhileItConnects() {
        server.start();

        for (int round = 0; round < 100; round++) {
            connection = connect(Map.of());
            if (round % 2 == 0) {
                connection.listen(state -> connection.close());
            }
            connection.close();
        }

        await().until(() -> server.monitor("/connz").contains("\"num_connections\": 0,"));
    }

    @Test
    void isClosedForGood() {
        server.start();
        connection = connect(Map.of());
        awaitConnects(1);

        connection.close();
        connection.close();

        assertThat(connection.state().phase()).isEqualTo(Phase.CLOSED);
        assertThatThrownBy(connection::require).isInstanceOf(NatsUnavailableException.class);
    }

    private NatsConnection connect(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("heddle.nats.servers", server.url());
        NatsConnection made = new NatsConnection(Configs.of(NatsConfig.class, all), null);
        made.start();
        return made;
    }

    private void awaitConnects(long count) {
        await().until(() ->
                connection.state().isConnected() && connection.state().connects() == count);
    }
}
