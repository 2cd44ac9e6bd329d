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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
    private static final int CLIENTS = 1000;
    private static final int STUCK = 10;
    /** Announces in the run with 1,000 clients: {@code -Dheddle.it.sse-events=100000} for the long form. */
    private static final int COUNT = Integer.getInteger("heddle.it.sse-events", 500);

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
        assertThat(refused.statusCode()).isEqualTo(409);
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

        assertThat(put.statusCode()).isEqualTo(501);
        assertThat(put.body()).contains("urn:heddle:problem/holds-disabled", "heddle.holds.enabled");
        assertThat(events.statusCode()).isEqualTo(501);
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

    @Test
    void aThousandClientsSeeEverythingInOrderThoughTenDoNotRead() throws Exception {
        AtomicIntegerArray seen = new AtomicIntegerArray(CLIENTS);
        AtomicIntegerArray wrong = new AtomicIntegerArray(CLIENTS);
        AtomicLongArray sent = new AtomicLongArray(COUNT);
        List<Long> latencies = new ArrayList<>(COUNT * 8);
        Pattern number = Pattern.compile("\"path\":\"" + root + "/(\\d+)\"");
        List<EventClient> all = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            int client = i;
            // Those that will not read get other events, too, which fill up their sockets.
            String query = i < CLIENTS - STUCK ? "?prefix=" + root : "";
            all.add(clients.open(one.port(), EVENTS + query, event -> {
                Matcher found = number.matcher(event.data());
                if (found.find() && event.name().equals("announced")) {
                    int at = Integer.parseInt(found.group(1));
                    wrong.addAndGet(client, seen.getAndSet(client, at + 1) == at ? 0 : 1);
                    if (client % 10 == 5 && client < CLIENTS - STUCK) { // one thread reads all of them
                        latencies.add(System.nanoTime() - sent.get(at));
                    }
                } else if (event.name().equals("evicted")) {
                    wrong.addAndGet(client, 1_000_000);
                }
            }));
        }
        await().atMost(PATIENCE)
                .until(() -> all.stream().noneMatch(client -> client.lastId().isEmpty()));
        List<EventClient> stuck = all.subList(CLIENTS - STUCK, CLIENTS);
        List<EventClient> readers = all.subList(0, CLIENTS - STUCK);
        stuck.forEach(client -> client.read(false));
        double before = heap();
        double highest = before;
        long began = System.nanoTime();
        for (int i = 0; i < COUNT; i++) {
            sent.set(i, System.nanoTime());
            assertThat(announce(one, Integer.toString(i), "a").statusCode()).isEqualTo(200);
            if (i % 100 == 99 || i == COUNT - 1) {
                int behind = i + 1;
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> IntStream.range(0, readers.size()).allMatch(c -> seen.get(c) == behind));
                highest = Math.max(highest, heap());
            }
        }
        double took = (System.nanoTime() - began) / 1e9;
        String noise = "{\"agent_id\":\"a\",\"ttl\":\"5m\",\"checkout_path\":\"" + "x".repeat(4000) + "\"}";
        for (int i = 0; metric("heddle_holds_evictions_total") < STUCK; i++) {
            assertThat(i).as("events that sockets swallowed").isLessThan(200);
            for (int j = 0; j < 50; j++) {
                one.put("/api/v1/holds?path=/noise/" + j, noise);
            }
        }
        stuck.subList(0, STUCK / 2).forEach(client -> client.read(true));

        await().atMost(PATIENCE)
                .until(() -> stuck.subList(0, STUCK / 2).stream().allMatch(EventClient::hasEnded));
        await().atMost(PATIENCE)
                .until(() -> one.output()
                                .lines()
                                .filter(line -> line.contains("HDL0511"))
                                .count()
                        >= STUCK / 2);
        stuck.subList(STUCK / 2, STUCK).forEach(client -> client.read(true));
        await().atMost(PATIENCE)
                .until(() -> stuck.subList(STUCK / 2, STUCK).stream().allMatch(EventClient::isClosed));

        latencies.sort(Long::compare);
        System.out.printf(
                "%d announces to %d SSE clients, %d of them not reading: %.1f s; latency p50 %.1f ms, p99 %.1f ms; "
                        + "heap %.0f MB before, %.0f MB at most, -Xmx256m%n",
                COUNT,
                CLIENTS,
                STUCK,
                took,
                latencies.get(latencies.size() / 2) / 1e6,
                latencies.get(latencies.size() * 99 / 100) / 1e6,
                before,
                highest);
        assertThat(IntStream.range(0, readers.size()).map(wrong::get)).containsOnly(0);
        assertThat(readers).noneMatch(EventClient::hasEnded);
        assertThat(IntStream.range(CLIENTS - STUCK, CLIENTS - STUCK / 2).map(wrong::get))
                .as("told that they were evicted, and nothing missing before")
                .containsOnly(1_000_000);
        assertThat(IntStream.range(CLIENTS - STUCK / 2, CLIENTS).map(wrong::get))
                .as("closed without a word")
                .containsOnly(0);
        assertThat(one.output()).doesNotContain("OutOfMemoryError");
        readers.forEach(EventClient::close);
        await().atMost(PATIENCE).until(() -> metric("heddle_holds_subscribers") == 0);
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

    private static double heap() throws IOException {
        return sum("jvm_memory_used_bytes{area=\"heap\"") / 1e6;
    }

    private static double metric(String name) throws IOException {
        return sum(name + " ");
    }

    private static double sum(String prefix) throws IOException {
        return Arrays.stream(one.text("/q/metrics").split("\n"))
                .filter(line -> line.startsWith(prefix))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }
}
