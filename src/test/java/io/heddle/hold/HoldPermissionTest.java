package io.heddle.hold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NotPermittedException;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HoldPermissionTest {

    private static final FilePath FILE = Rig.file("A.java");

    @Test
    void aRevokedWritePermissionIsReportedAtOnceAndARestoredOneWorks() {
        NatsServer server = NatsServer.create()
                .with("authorization { users: [ { user: u, password: p, permissions: { publish: { deny: [ "
                        + "\"other.>\" ] } } } ] }")
                .start();
        try (server;
                NatsConnection connection = new NatsConnection(
                        Configs.of(
                                NatsConfig.class,
                                Map.of(
                                        "heddle.nats.servers", server.url(),
                                        "heddle.nats.user", "u",
                                        "heddle.nats.password", "p")),
                        null);
                KvHolds holds = KvHolds.start(connection, Rig.config(), HoldsListener.NONE)) {
            connection.start();
            holds.announce(new HoldRequest(FILE, "anna", Duration.ofSeconds(30), "/tmp"))
                    .await()
                    .atMost(Duration.ofSeconds(10));

            server.reload("other.>", "$KV.>");
            assertThatThrownBy(() -> {
                        // Until the server has read its configuration again.
                        while (true) {
                            holds.announce(new HoldRequest(FILE, "anna", Duration.ofSeconds(30), "/tmp"))
                                    .await()
                                    .atMost(Duration.ofSeconds(2));
                        }
                    })
                    .isInstanceOf(NotPermittedException.class);
            assertThatThrownBy(() -> holds.release(FILE, "anna").await().atMost(Duration.ofSeconds(2)))
                    .isInstanceOf(NotPermittedException.class)
                    .hasMessageContaining("$KV.bones-holds.");
            assertThat(connection.refusal()).isPresent();

            server.reload("$KV.>", "other.>");
            await().ignoreException(NotPermittedException.class)
                    .until(() -> holds.release(FILE, "anna").await().atMost(Duration.ofSeconds(2))
                            == ReleaseOutcome.RELEASED);
        }
    }
}
