package io.heddle.http.fleet;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.testsupport.BrokerResource;
import io.heddle.testsupport.EventClient;
import io.heddle.testsupport.EventClients;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.RawHttp;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class SharesOverHttpTest {

    private static final String SECRET = "SK-very-secret-over-http";

    NatsServer server;

    @ConfigProperty(name = "heddle.mounts.allowed-roots")
    Path shares;

    @Test
    void aPublishedShareIsMountedAndSeen() {
        Path mountPoint = shares.resolve("team-data");

        given().contentType("application/json")
                .body(share(mountPoint))
                .put("/api/v1/vms/vm-1/shares/team-data")
                .then()
                .statusCode(202)
                .body("stream_sequence", greaterThan(0))
                .body("delivery", equalTo("jetstream"));

        await().atMost(Duration.ofSeconds(30)).until(() -> state("team-data").equals("MOUNTED"));
        assertThat(mountPoint).isDirectory().isSymbolicLink();
        when().get("/api/v1/mounts")
                .then()
                .body("mode", equalTo("jetstream"))
                .body("mounts.find { it.id == 'team-data' }.vm", equalTo("vm-1"))
                .body("mounts.find { it.id == 'team-data' }.mount_point", equalTo(mountPoint.toString()))
                .body("mounts.find { it.id == 'team-data' }.backend", equalTo("cubefs"))
                .body(not(containsString(SECRET)));
    }

    @Test
    void whoListensSeesTheSharesAsTheyAreAndEachChange() {
        Path mountPoint = shares.resolve("sent");
        try (EventClients clients = new EventClients()) {
            EventClient from = clients.open(RestAssured.port, "/api/v1/mounts/events");
            await().until(() -> from.status() == 200);
            given().contentType("application/json").body(share(mountPoint)).put("/api/v1/vms/vm-1/shares/sent");
            await().until(() -> sent(from).contains("MOUNTED"));

            EventClient later = clients.open(RestAssured.port, "/api/v1/mounts/events");

            await().until(() -> sent(later).equals(List.of("MOUNTED")));
            assertThat(from.names()).containsOnly("share");
            assertThat(from.events()).noneMatch(event -> event.data().contains(SECRET));
        }
    }

    /** Nothing that a caller sends is a fault of the service. */
    @ParameterizedTest
    @ValueSource(strings = {"Host: \"a b\"", "Host: a\r\nContent-Type: nothing", "Host: a\r\nContent-Type: a/b;c"})
    void headersThatCannotBeReadAreTheCallersFault(String headers) throws Exception {
        byte[] request = ("PUT /api/v1/vms/vm-1/shares/x HTTP/1.1\r\n" + headers + "\r\nContent-Length: 2\r\n\r\n{}")
                .getBytes(StandardCharsets.US_ASCII);
        try (RawHttp client = new RawHttp(RestAssured.port, Duration.ofSeconds(5))) {
            RawHttp.Answer answer = client.exchange(request, false, false);

            assertThat(answer.status()).isBetween(400, 499);
            assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
            assertThat(answer.body()).contains("urn:heddle:problem/");
        }
    }

    private static List<String> sent(EventClient client) {
        return client.events().stream()
                .map(event -> JsonPath.from(event.data()))
                .filter(json -> json.getString("id").equals("sent")
                        && json.getString("vm").equals("vm-1"))
                .map(json -> json.getString("state"))
                .toList();
    }

    @Test
    void anAliasReachesTheSameMachineAndAnUnmountTakesTheShareAway() throws Exception {
        Path mountPoint = shares.resolve("by-alias");
        given().contentType("application/json")
                .body(share(mountPoint))
                .put("/api/v1/vms/vm-one/shares/by-alias")
                .then()
                .statusCode(202);
        await().until(() -> Files.isSymbolicLink(mountPoint));

        List<String> published = new CopyOnWriteArrayList<>();
        Connection listener = Nats.connect(server.url());
        listener.createDispatcher(message -> published.add(new String(message.getData(), StandardCharsets.UTF_8)))
                .subscribe("weft.mounts.vm-one");
        listener.flush(Duration.ofSeconds(2));
        given().contentType("application/json")
                .body("{\"action\":\"unmount\"}")
                .put("/api/v1/vms/vm-one/shares/by-alias")
                .then()
                .statusCode(202);

        await().until(() -> state("by-alias").equals("UNMOUNTED"));
        await().until(() -> !published.isEmpty());
        listener.close();
        assertThat(published.get(0)).contains("\"mount_point\":\"" + mountPoint + "\"");
        assertThat(mountPoint).doesNotExist();
    }

    @Test
    void whatBreaksARuleIsNotPublished() {
        given().contentType("application/json")
                .body(share(Path.of("/etc")))
                .put("/api/v1/vms/vm-1/shares/bad")
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("type", equalTo("urn:heddle:problem/share-refused"))
                .body("field", equalTo("mount_point"))
                .body("detail", containsString("allowed roots"));

        given().contentType("application/json")
                .body("{")
                .put("/api/v1/vms/vm-1/shares/bad")
                .then()
                .statusCode(400)
                .body("detail", containsString("decode"));

        given().contentType("application/json")
                .body("{}")
                .put("/api/v1/vms/vm.1/shares/bad")
                .then()
                .statusCode(400)
                .body("field", equalTo("vm"));
    }

    @Test
    void whateverIsWrongWithARequestIsAProblem() {
        when().get("/api/v1/nothing-here")
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("status", equalTo(404));
        when().post("/api/v1/mounts")
                .then()
                .statusCode(405)
                .contentType("application/problem+json")
                .body("type", equalTo("urn:heddle:problem/method-not-allowed"));
        given().contentType("text/plain")
                .body("{}")
                .put("/api/v1/vms/vm-1/shares/bad")
                .then()
                .statusCode(415)
                .contentType("application/problem+json");
        given().contentType("application/json")
                .body(" ".repeat(70_000))
                .put("/api/v1/vms/vm-1/shares/bad")
                .then()
                .statusCode(413)
                .contentType("application/problem+json")
                .body("type", equalTo("urn:heddle:problem/too-large"));
    }

    @Test
    void aRefusedMessageIsCountedWithItsReason() throws Exception {
        try (Connection publisher = Nats.connect(server.url())) {
            publisher.publish(
                    "weft.mounts.vm-1", "{\"id\":\"x\",\"action\":\"shred\"}".getBytes(StandardCharsets.UTF_8));
            publisher.flush(Duration.ofSeconds(2));
        }

        await().until(() ->
                when().get("/q/metrics").asString().contains("heddle_mounts_rejected_total{reason=\"action\"}"));
    }

    /** A page of another site, whose name leads here since a moment ago. */
    @Test
    void whoCallsByAForeignNameGetsNothing() {
        for (String path : List.of("/", "/api/v1/mounts", "/api/v1/nowhere", "/q/metrics", "/q/openapi")) {
            given().header("Host", "evil.example:8080")
                    .header("X-Forwarded-Host", "localhost")
                    .get(path)
                    .then()
                    .statusCode(421)
                    .contentType("application/problem+json")
                    .header("X-Content-Type-Options", "nosniff")
                    .body("type", equalTo("urn:heddle:problem/misdirected"))
                    .body("detail", containsString("heddle.security.allowed-hosts"));
        }
        given().header("Host", "evil.example")
                .contentType("application/json")
                .body(share(shares.resolve("rebound")))
                .put("/api/v1/vms/vm-1/shares/rebound")
                .then()
                .statusCode(421);
        given().header("Host", "127.0.0.1:8080").get("/api/v1/mounts").then().statusCode(200);
        when().get("/q/metrics")
                .then()
                .body(containsString("status=\"421\",uri=\"/unrouted\""))
                .body(not(containsString("rebound")))
                .body(not(containsString("nowhere")));
    }

    @Test
    void theStatusIsAnsweredOnRequest() throws Exception {
        await().until(
                        () -> when().get("/q/health/ready")
                                .path("checks.find { it.name == 'mounts' }.data.delivery_mode"),
                        "jetstream"::equals);
        try (Connection asker = Nats.connect(server.url())) {
            Message answer = Objects.requireNonNull(
                    asker.request("weft.mounts.vm-one.status.get", new byte[0], Duration.ofSeconds(5)));

            JsonNode status = new ObjectMapper().readTree(answer.getData());
            assertThat(status.get("vm").asText()).isEqualTo("vm-one");
            assertThat(status.get("mode").asText()).isEqualTo("jetstream");
            assertThat(status.get("version").asText()).isNotEmpty().doesNotContain("$");
            assertThat(status.get("shares").isArray()).isTrue();
        }
    }

    @Test
    void healthAndMetersTellTheWay() {
        await().until(() -> when().get("/q/health/ready").statusCode() == 200);
        when().get("/q/health/ready")
                .then()
                .body("checks.find { it.name == 'mounts' }.data.delivery_mode", equalTo("jetstream"))
                .body("checks.find { it.name == 'nats' }.data.phase", equalTo("CONNECTED"))
                .body("checks.find { it.name == 'holds' }.status", equalTo("UP"))
                .body("checks.find { it.name == 'holds' }.data.max_ttl", equalTo("PT5M"));
        when().get("/q/health/live").then().statusCode(200);
        // A moment of silence on a busy machine interrupts the delivery for as long.
        await().untilAsserted(() -> when().get("/q/metrics")
                .then()
                .body(containsString("weft_microvm_agent_nats_connected 1.0"))
                .body(containsString("heddle_mounts_delivery{mode=\"jetstream\"} 1.0"))
                .body(containsString("heddle_holds_ready 1.0"))
                .body(containsString("heddle_holds_held "))
                .body(containsString("heddle_holds_evictions_total ")));
        when().get("/q/openapi?format=json").then().body("paths.keySet()", hasItem("/api/v1/mounts"));
    }

    private static String state(String id) {
        String state = when().get("/api/v1/mounts").path("mounts.find { it.id == '" + id + "' }?.state");
        return state == null ? "" : state;
    }

    private static String share(Path mountPoint) {
        return """
                {"mount_point": "%s", "cubefs": {"volume": "team-data", "masters": ["10.9.0.1:17010"],
                 "owner": "team-alpha", "access_key": "AK", "secret_key": "%s"}}""".formatted(mountPoint, SECRET);
    }
}
