package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.heddle.mount.ShareStream;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.PackagedService;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged service tells of a broker that lacks something, that lets it see little, or that is away. */
class BrokerStatusIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String PASSWORD = "never-to-be-seen-77";

    @TempDir
    Path directory;

    @Test
    void whatIsMissingOrNotAllowedIsSaidWhereItIsMissing() throws Exception {
        try (NatsServer server = NatsServer.create().jetStream(false).start();
                PackagedService service = new PackagedService(directory.resolve("service.log"))
                        .set("heddle.nats.servers", server.url().replace("://", "://looker:" + PASSWORD + "@"))
                        .set("heddle.nats.inbox-prefix", "_INBOX_looker.")
                        .set("heddle.fleet.enabled", "false")) {
            service.start();
            await().atMost(SOON).untilAsserted(() -> assertThat(connection(service, "state"))
                    .isEqualTo("CONNECTED"));

            JsonNode plain = service.get("/api/v1/broker");
            assertThat(plain.at("/connection/jetstream").isBoolean()).isTrue();
            assertThat(plain.at("/connection/jetstream").asBoolean()).isFalse();
            assertThat(plain.at("/shares/condition").asText()).isEqualTo("no_jetstream");
            assertThat(plain.at("/groups/condition").asText()).isEqualTo("disabled");
            assertThat(plain.at("/groups/detail").asText()).isEqualTo("heddle.fleet.enabled=false");

            server.stop();
            await().atMost(SOON).untilAsserted(() -> assertThat(connection(service, "state"))
                    .isEqualTo("DISCONNECTED"));
            JsonNode away = service.get("/api/v1/broker");
            assertThat(away.at("/holds/condition").asText()).isEqualTo("not_connected");
            assertThat(away.at("/connection/error").asText()).isNotEmpty();

            server.jetStream(true).with(onlyTheStreamOfShares()).start();
            try (Connection administrator = Nats.connect(server.url().replace("://", "://administrator:x@"))) {
                administrator.jetStreamManagement().addStream(new ShareStream("weft-mounts").configuration());
            }
            await().atMost(SOON).untilAsserted(() -> assertThat(service.get("/api/v1/broker")
                            .at("/shares/condition")
                            .asText())
                    .isEqualTo("present"));
            JsonNode narrow = service.get("/api/v1/broker");
            assertThat(narrow.at("/connection/jetstream").asBoolean()).isTrue();
            assertThat(narrow.at("/connection/reconnects").asInt()).isPositive();
            assertThat(narrow.at("/shares/messages").isIntegralNumber()).isTrue();
            assertThat(narrow.at("/holds/condition").asText()).isEqualTo("not_permitted");
            assertThat(narrow.at("/holds/detail").asText()).contains("$JS.API.STREAM.INFO.KV_bones-holds");
            assertThat(narrow.at("/holds").has("messages")).isFalse();

            assertThat(plain + "" + away + narrow).doesNotContain(PASSWORD).doesNotContain("looker");
            assertThat(service.output()).doesNotContain(PASSWORD);
        }
    }

    private static String connection(PackagedService service, String member) {
        return service.get("/api/v1/broker").path("connection").path(member).asText();
    }

    private static String onlyTheStreamOfShares() {
        return """
                authorization: { users: [ { user: administrator, password: x }, { user: "looker", password: "%s", permissions: {
                  publish: { allow: ["$JS.API.STREAM.INFO.weft-mounts"] }
                  subscribe: { allow: ["_INBOX_looker.>"] } } } ] }""".formatted(PASSWORD);
    }
}
