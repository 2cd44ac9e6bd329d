package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.bench.Scorecard;
import io.heddle.testsupport.EventClient;
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
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A thousand clients of the events of holds over HTTP, in a heap of 256 MiB. */
@Tag("bench")
class EventClientsBenchIT {

    private static final String EVENTS = "/api/v1/holds/events";
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int CLIENTS = 1000;
    private static final int STUCK = 10;
    /** Announces: {@code -Dheddle.bench.sse-events=100000} for a long one. */
    private static final int COUNT = Integer.getInteger("heddle.bench.sse-events", Scorecard.size(1_000, 300));

    @TempDir
    static Path logs;

    private final EventClients clients = new EventClients();
    private final String root = "/clients";
    private NatsServer broker;
    private PackagedService service;

    @BeforeEach
    void start() {
        broker = NatsServer.started();
        service = new PackagedService(logs.resolve("service.log"))
                .environment("JAVA_TOOL_OPTIONS", "-Xmx256m")
                .set("heddle.nats.servers", broker.url())
                .set("heddle.http.event-buffer", "512")
                .set("heddle.http.eviction-grace", "5s")
                .start();
        await().atMost(PATIENCE)
                .until(() ->
                        service.get("/q/health/ready").path("status").asText().equals("UP"));
    }

    @AfterEach
    void close() {
        clients.close();
        service.close();
        broker.close();
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
            all.add(clients.open(service.port(), EVENTS + query, event -> {
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
            assertThat(announce(Integer.toString(i), "a").statusCode()).isEqualTo(200);
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
                service.put("/api/v1/holds?path=/noise/" + j, noise);
            }
        }
        stuck.subList(0, STUCK / 2).forEach(client -> client.read(true));

        await().atMost(PATIENCE)
                .until(() -> stuck.subList(0, STUCK / 2).stream().allMatch(EventClient::hasEnded));
        await().atMost(PATIENCE)
                .until(() -> service.output()
                                .lines()
                                .filter(line -> line.contains("HDL0511"))
                                .count()
                        >= STUCK / 2);
        stuck.subList(STUCK / 2, STUCK).forEach(client -> client.read(true));
        await().atMost(PATIENCE)
                .until(() -> stuck.subList(STUCK / 2, STUCK).stream().allMatch(EventClient::isClosed));

        latencies.sort(Long::compare);
        Scorecard.note(
                ("1,000 event clients over HTTP, ten of them not reading: %,d announces in %.1f s; until a client has the event "
                                + "p50 %.1f ms, p99 %.1f ms; heap %.0f MB before, at most %.0f MB, with -Xmx256m")
                        .formatted(
                                COUNT,
                                took,
                                latencies.get(latencies.size() / 2) / 1e6,
                                latencies.get(latencies.size() * 99 / 100) / 1e6,
                                before,
                                highest));
        assertThat(IntStream.range(0, readers.size()).map(wrong::get)).containsOnly(0);
        assertThat(readers).noneMatch(EventClient::hasEnded);
        assertThat(IntStream.range(CLIENTS - STUCK, CLIENTS - STUCK / 2).map(wrong::get))
                .as("told that they were evicted, and nothing missing before")
                .containsOnly(1_000_000);
        assertThat(IntStream.range(CLIENTS - STUCK / 2, CLIENTS).map(wrong::get))
                .as("closed without a word")
                .containsOnly(0);
        assertThat(service.output()).doesNotContain("OutOfMemoryError");
        readers.forEach(EventClient::close);
        await().atMost(PATIENCE).until(() -> metric("heddle_holds_subscribers") == 0);
    }

    private HttpResponse<String> announce(String name, String agent) throws IOException {
        return service.put(
                "/api/v1/holds?path=" + root + "/" + name, "{\"agent_id\":\"" + agent + "\",\"ttl\":\"5m\"}");
    }

    private double heap() throws IOException {
        return sum("jvm_memory_used_bytes{area=\"heap\"") / 1e6;
    }

    private double metric(String name) throws IOException {
        return sum(name + " ");
    }

    private double sum(String prefix) throws IOException {
        return Arrays.stream(service.text("/q/metrics").split("\n"))
                .filter(line -> line.startsWith(prefix))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }
}
