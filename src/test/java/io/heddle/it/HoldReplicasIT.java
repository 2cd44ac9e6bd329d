package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.testsupport.EventClient;
import io.heddle.testsupport.EventClient.Event;
import io.heddle.testsupport.EventClients;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.PackagedService;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two replicas of the packaged service over one broker, and their clients. */
class HoldReplicasIT {

    private static final String EVENTS = "/api/v1/holds/events";
    private static final String SHARE = """
            {"mount_point": "/workspace/away",
             "cubefs": {"volume": "away", "masters": ["10.9.0.1:17010"], "owner": "team"}}
            """;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AtomicInteger DIRECTORIES = new AtomicInteger();

    @TempDir
    static Path logs;

    private static NatsServer broker;
    private static PackagedService one;
    private static PackagedService two;
    private static PackagedService withoutHolds;

    private final EventClients clients = new EventClients();
    private final String root = "/replicas/" + DIRECTORIES.incrementAndGet();

    @BeforeAll
    static void start() {
        broker = NatsServer.started();
        one = service("one").start();
        two = service("two").start();
        withoutHolds = service("without").set("heddle.holds.enabled", "false").start();
        Stream.of(one, two, withoutHolds).forEach(HoldReplicasIT::awaitReady);
    }

    @AfterAll
    static void stop() {
        Stream.of(one, two, withoutHolds).forEach(PackagedService::close);
        broker.close();
    }

    @AfterEach
    void close() {
        clients.close();
    }

    @Test
    void whatIsHeldAtOneIsRefusedAtTheOther() throws IOException {
        HttpResponse<String> granted = announce(one, "f", "a");

        HttpResponse<String> refused = announce(two, "f", "b");

        assertThat(granted.statusCode()).isEqualTo(200);
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(409);
        assertThat(JSON.readTree(refused.body()).get("holder")).isEqualTo(JSON.readTree(granted.body()));
    }

    @Test
    void bothTellTheSameInOneOrderAndEachGoesOnWhereTheOtherWas() throws IOException {
        EventClient atOne = subscribe(one, "?prefix=" + root);
        EventClient atTwo = subscribe(two, "?prefix=" + root);
        await().atMost(PATIENCE)
                .until(() -> atOne.events().size() == 1 && atTwo.events().size() == 1);
        for (int i = 0; i < 100; i++) {
            PackagedService replica = i % 2 == 0 ? one : two;
            announce(replica, "f" + i % 7, "a" + i % 7);
            if (i % 3 == 0) {
                replica.send("DELETE", "/api/v1/holds?path=" + root + "/f" + i % 7 + "&agent=a" + i % 7, "");
            } else if (i % 10 == 1) {
                long token = JSON.readTree(
                                announce(replica, "f" + i % 7, "a" + i % 7).body())
                        .get("token")
                        .asLong();
                replica.send(
                        "POST",
                        "/api/v1/holds/transfer",
                        "{\"path\":\"%s/f%d\",\"token\":%d,\"to_agent\":\"a%d\"}".formatted(root, i % 7, token, i % 7));
            }
        }
        announce(one, "last", "a");
        await().atMost(PATIENCE).until(() -> has(atOne, "/last") && has(atTwo, "/last"));
        List<Event> told = about(atTwo);
        assertThat(datas(about(atOne))).isEqualTo(datas(told));
        assertThat(told.size()).isGreaterThan(100);

        for (int cut : new int[] {0, 1, 2, 3, 4, 5, 40, told.size() - 2}) {
            EventClient resumed = clients.open(
                    two.port(),
                    EVENTS + "?prefix=" + root,
                    "Last-Event-ID: " + about(atOne).get(cut).id());

            await().atMost(PATIENCE).until(() -> has(resumed, "/last"));
            assertThat(resumed.events()).isEqualTo(told.subList(cut + 1, told.size()));
        }
        EventClient forgotten = clients.open(two.port(), EVENTS, "Last-Event-ID: 1.1.1");
        await().atMost(PATIENCE).until(() -> forgotten.names().contains("synced"));
        assertThat(forgotten.names().get(0)).isEqualTo("reset");
    }

    @Test
    void withoutItsBrokerItSaysSoAndItsStreamsStayOpen() throws IOException {
        EventClient client = subscribe(one, "");
        await().atMost(PATIENCE).until(() -> client.names().contains("synced"));

        broker.stop();
        try {
            await().atMost(PATIENCE).until(() -> announce(one, "away", "a").statusCode() == 503);
            HttpResponse<String> refused = announce(one, "away", "a");
            HttpResponse<String> list = one.send("GET", "/api/v1/holds", "");
            HttpResponse<String> share = one.send("PUT", "/api/v1/vms/vm-1/shares/away", SHARE);
            HttpResponse<String> group = one.send("PUT", "/api/v1/groups/away", "{\"vms\":[\"vm-1\"]}");
            long comments = client.comments();

            assertThat(List.of(share, group)).allSatisfy(answer -> {
                assertThat(answer.statusCode()).isEqualTo(503);
                assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
            });
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
            assertThat(list.statusCode()).isEqualTo(503);
            await().atMost(PATIENCE).until(() -> client.comments() > comments + 1);
        } finally {
            broker.start();
        }
        await().atMost(PATIENCE).until(() -> announce(one, "back", "a").statusCode() == 200);
        await().atMost(PATIENCE).until(() -> has(client, "/back"));
        assertThat(client.hasEnded()).isFalse();
    }

    @Test
    void whereThereAreNoHoldsItSaysSo() throws IOException {
        HttpResponse<String> put = announce(withoutHolds, "f", "a");
        HttpResponse<String> events = withoutHolds.send("GET", EVENTS, "");
        HttpResponse<String> history = withoutHolds.send("GET", "/api/v1/holds/history", "");

        assertThat(put.statusCode()).isEqualTo(501);
        assertThat(put.body()).contains("urn:heddle:problem/holds-disabled", "heddle.holds.enabled");
        assertThat(events.statusCode()).isEqualTo(501);
        assertThat(history.statusCode()).isEqualTo(501);
        assertThat(history.body()).contains("urn:heddle:problem/holds-disabled");
    }

    @Test
    void aStopEndsStreamsOrderly() {
        EventClient client = subscribe(withoutHolds, "", "/api/v1/mounts/events");

        withoutHolds.stop();
        withoutHolds.start();
        awaitReady(withoutHolds);

        await().atMost(PATIENCE).until(client::isClosed);
        assertThat(client.hasEnded()).isTrue();
    }

    private static PackagedService service(String name) {
        return new PackagedService(logs.resolve(name + ".log"))
                .environment("JAVA_TOOL_OPTIONS", "-Xmx256m")
                .set("heddle.nats.servers", broker.url())
                .set("heddle.http.heartbeat", "500ms")
                .set("heddle.http.event-buffer", "512")
                .set("heddle.http.eviction-grace", "5s");
    }

    private static void awaitReady(PackagedService service) {
        await().atMost(PATIENCE)
                .until(() ->
                        service.get("/q/health/ready").path("status").asText().equals("UP"));
    }

    private HttpResponse<String> announce(PackagedService service, String name, String agent) throws IOException {
        return service.put(
                "/api/v1/holds?path=" + root + "/" + name, "{\"agent_id\":\"" + agent + "\",\"ttl\":\"5m\"}");
    }

    private EventClient subscribe(PackagedService service, String query) {
        return subscribe(service, query, EVENTS);
    }

    private EventClient subscribe(PackagedService service, String query, String path) {
        EventClient client = clients.open(service.port(), path + query);
        await().atMost(PATIENCE).until(() -> client.status() == 200);
        return client;
    }

    private boolean has(EventClient client, String name) {
        return client.events().stream().anyMatch(event -> event.data().contains(root + name + "\""));
    }

    private List<Event> about(EventClient client) {
        return client.events().stream()
                .filter(event -> event.data().contains(root + "/"))
                .toList();
    }

    private static List<Map.Entry<String, JsonNode>> datas(List<Event> events) {
        return events.stream()
                .map(event -> {
                    try {
                        return Map.entry(event.name(), JSON.readTree(event.data()));
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                })
                .collect(Collectors.toList());
    }
}
