package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.testsupport.EventClient;
import io.heddle.testsupport.EventClients;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.PackagedService;
import io.heddle.testsupport.ReadinessProxy;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two replicas behind a balancer that follows their readiness are restarted one after the other, as an upgrade does. */
class RollingRestartIT {

    private static final int CALLERS = 64;
    private static final int REQUESTS = 5_000;
    private static final int STREAMS = 8;
    private static final int PAUSE_MS = 120;
    private static final String EVENTS = "/api/v1/holds/events?prefix=/rolling";
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final NatsServer broker = NatsServer.started();
    private final Vertx vertx = Vertx.vertx();
    private final EventClients clients = new EventClients();
    private final Queue<String> granted = new ConcurrentLinkedQueue<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final HttpClient http = vertx.createHttpClient(new HttpClientOptions().setMaxPoolSize(CALLERS));
    private PackagedService one;
    private PackagedService two;
    private ReadinessProxy proxy;
    private volatile boolean calling = true;

    @TempDir
    Path logs;

    @BeforeEach
    void begin() {
        one = replica("one").start();
        two = replica("two").start();
        proxy = new ReadinessProxy(one.port(), two.port());
        await().atMost(PATIENCE).until(() -> proxy.ready() == 2);
    }

    @AfterEach
    void end() {
        calling = false;
        vertx.close().toCompletionStage().toCompletableFuture().join();
        clients.close();
        proxy.close();
        Stream.of(one, two).forEach(PackagedService::close);
        broker.close();
    }

    @Test
    void noRequestIsCutAndEveryStreamResumesWithoutLoss() {
        List<ResumingStream> streams =
                IntStream.range(0, STREAMS).mapToObj(i -> new ResumingStream()).toList();
        IntStream.range(0, CALLERS).forEach(caller -> call(caller, 0));
        await().atMost(PATIENCE).until(() -> granted.size() > CALLERS);

        for (PackagedService replica : List.of(one, two)) {
            int before = granted.size();
            long begun = System.nanoTime();
            replica.stop();
            System.out.printf(
                    "stopped after %d ms%n",
                    Duration.ofNanos(System.nanoTime() - begun).toMillis());
            assertThat(replica.output()).doesNotContain("Timed out waiting for graceful shutdown");
            await().atMost(PATIENCE).until(() -> granted.size() > before + CALLERS);
            replica.start();
            await().atMost(PATIENCE).until(() -> proxy.ready() == 2);
        }
        await().atMost(PATIENCE).until(() -> granted.size() + failures.size() >= REQUESTS);
        calling = false;

        assertThat(failures).as("of %d requests", granted.size()).isEmpty();
        await().atMost(PATIENCE)
                .until(() -> streams.stream().allMatch(stream -> stream.paths().size() >= granted.size()));
        assertThat(streams).allSatisfy(stream -> {
            assertThat(stream.paths()).as("once each").containsExactlyInAnyOrderElementsOf(granted);
            assertThat(stream.names()).as("resumed").doesNotContain("reset");
        });
        assertThat(streams.stream().mapToInt(stream -> stream.ended).sum())
                .as("streams that ended with a restart")
                .isGreaterThanOrEqualTo(STREAMS);
    }

    @Test
    void aWaitEndsWithAStopAndCanBeRepeatedAtTheOtherReplica() throws Exception {
        one.put("/api/v1/holds?path=/rolling/held", "{\"agent_id\": \"holder\", \"ttl\": \"5m\"}");
        CompletableFuture<HttpClientResponse> waiting = http.request(
                        HttpMethod.POST, one.port(), "127.0.0.1", "/api/v1/holds/wait")
                .compose(request -> request.putHeader("Content-Type", "application/json")
                        .send("{\"path\": \"/rolling/held\", \"agent_id\": \"next\", \"ttl\": \"30s\","
                                + " \"timeout\": \"5m\"}"))
                .toCompletionStage()
                .toCompletableFuture();
        await().during(Duration.ofMillis(500)).until(() -> !waiting.isDone());

        one.stop();

        assertThat(status(waiting)).isEqualTo(503);
        assertThat(waiting.get().getHeader("Retry-After")).isNotNull();
        two.send("DELETE", "/api/v1/holds?path=/rolling/held&agent=holder", "");
        assertThat(two.put("/api/v1/holds?path=/rolling/held", "{\"agent_id\": \"third\", \"ttl\": \"30s\"}")
                        .statusCode())
                .as("nothing of the wait is left")
                .isEqualTo(200);
    }

    private static int status(CompletableFuture<HttpClientResponse> answer) throws Exception {
        try {
            return answer.get(20, TimeUnit.SECONDS).statusCode();
        } catch (ExecutionException e) {
            throw new AssertionError("the wait was cut", e);
        }
    }

    private PackagedService replica(String name) {
        return new PackagedService(logs.resolve(name + ".log"))
                .set("heddle.nats.servers", broker.url())
                .set("heddle.http.reconnect", "100ms")
                .set("quarkus.shutdown.delay", "1s");
    }

    /** Holds one file after the other, each with a request of its own. */
    private void call(int caller, int number) {
        String path = "/rolling/" + caller + "/" + number;
        http.request(HttpMethod.PUT, proxy.port(), "127.0.0.1", "/api/v1/holds?path=" + path)
                .compose(request -> request.putHeader("Content-Type", "application/json")
                        .send("{\"agent_id\": \"a\", \"ttl\": \"5m\"}"))
                .compose(answer -> answer.body().map(body -> outcome(answer.statusCode(), body)))
                .onComplete(
                        outcome -> (outcome.isEmpty() ? granted : failures)
                                .add(outcome.isEmpty() ? path : path + ": " + outcome),
                        failure -> failures.add(path + ": " + failure))
                .onComplete(done -> vertx.setTimer(PAUSE_MS, later -> {
                    if (calling) {
                        call(caller, number + 1);
                    }
                }));
    }

    private static String outcome(int status, Buffer body) {
        return status == 200 && new JsonObject(body).getLong("token") > 0 ? "" : status + " " + body;
    }

    /** A client as browsers have it: connects again when the stream ends, with the id of the last event. */
    private final class ResumingStream {

        private final List<EventClient.Event> events = new ArrayList<>();
        private EventClient client = clients.open(proxy.port(), EVENTS);
        private String last = "";
        private int ended;

        ResumingStream() {
            vertx.setPeriodic(50, tick -> resume());
        }

        synchronized List<String> names() {
            return Stream.concat(events.stream(), client.events().stream())
                    .map(EventClient.Event::name)
                    .toList();
        }

        synchronized List<String> paths() {
            return Stream.concat(events.stream(), client.events().stream())
                    .filter(event -> event.name().equals("announced"))
                    .map(event -> path(event.data()))
                    .toList();
        }

        private synchronized void resume() {
            if (!client.hasEnded() && !client.isClosed()) {
                return;
            }
            if (client.status() == 200) {
                if (!client.hasEnded() || client.retry().isEmpty()) {
                    failures.add("a stream was cut: retry " + client.retry());
                }
                ended++;
            }
            events.addAll(client.events());
            last = client.lastId().isEmpty() ? last : client.lastId();
            client = clients.open(proxy.port(), EVENTS, "Last-Event-ID: " + last);
        }

        private static String path(String data) {
            try {
                return JSON.readTree(data).path("path").asText();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }
}
