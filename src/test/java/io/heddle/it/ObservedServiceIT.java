package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.OtlpReceiver;
import io.heddle.testsupport.OtlpReceiver.Span;
import io.heddle.testsupport.PackagedService;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What operators see of packaged services: their health, their traces, their logs. */
class ObservedServiceIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String SECRET = "SK-never-to-be-logged-4407";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final NatsServer server = NatsServer.create();
    private OtlpReceiver collector;
    private PackagedService agent;
    private PackagedService publisher;

    @TempDir
    Path directory;

    @BeforeEach
    void begin() throws IOException {
        collector = new OtlpReceiver();
        agent = service("agent")
                .set("heddle.mounts.vm-ids", "vm-1")
                .set("heddle.mounts.engine", "directory")
                .set("heddle.mounts.state-dir", directory.resolve("state").toString());
        publisher = service("publisher");
    }

    @AfterEach
    void end() {
        publisher.close();
        agent.close();
        server.close();
        collector.close();
    }

    @Test
    void aPublishIsOneTraceFromTheRequestToTheMountInAnotherProcess() throws IOException {
        server.start();
        traced(agent).start();
        traced(publisher).start();
        await().atMost(SOON).until(() -> health(agent, "ready").equals("UP"));
        await().atMost(SOON).until(() -> health(publisher, "ready").equals("UP"));

        int status =
                publisher.put("/api/v1/vms/vm-1/shares/traced", share("traced")).statusCode();

        assertThat(status).isEqualTo(202);
        await().atMost(SOON).until(() -> spans("apply weft.mounts.{vm}").size() == 1);
        Span apply = spans("apply weft.mounts.{vm}").get(0);
        await().atMost(SOON).until(() -> collector.trace(apply.traceId()).size() == 3);
        assertEveryLineIsJson(agent);
        assertEveryLineIsJson(publisher);
        Map<String, Span> trace =
                collector.trace(apply.traceId()).stream().collect(Collectors.toMap(Span::name, span -> span));
        Span publish = trace.get("publish weft.mounts.{vm}");
        Span request = trace.get("PUT /api/v1/vms/{vm}/shares/{id}");
        assertThat(request.parentId()).isEmpty();
        assertThat(publish.parentId()).isEqualTo(request.spanId());
        assertThat(apply.parentId()).isEqualTo(publish.spanId());
        assertThat(publish.service()).isEqualTo("publisher");
        assertThat(apply.service()).isEqualTo("agent");
        assertThat(publish.attributes())
                .containsEntry("messaging.system", "nats")
                .containsEntry("messaging.destination.name", "weft.mounts.vm-1")
                .containsEntry("heddle.outcome", "stored");
        assertThat(apply.attributes())
                .containsEntry("messaging.operation.type", "process")
                .containsEntry("heddle.share.id", "traced")
                .containsEntry("heddle.outcome", "ok");
        assertThat(trace.toString()).doesNotContain(SECRET);
    }

    /** The request of a coding agent, and the announce that it leads to. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/hooks/claude-code?project=shop|{'session_id':'1','hook_event_name':'PreToolUse','cwd':'/w','tool_name':'Edit',"
                        + "'tool_input':{'file_path':'/w/a.ts'}}",
                "/api/v1/sessions/hold|{'session':'codex/2','project':'shop','paths':['a.ts']}",
                "/mcp|{'jsonrpc':'2.0','id':1,'method':'tools/call','params':{'name':'hold_files','arguments':{'paths':['a.ts'],"
                        + "'project':'shop','session':'gemini/3'}}}"
            })
    void aRequestOfACodingAgentIsOneTrace(String target, String body) throws Exception {
        server.start();
        traced(publisher).start();
        await().atMost(SOON).until(() -> health(publisher, "ready").equals("UP"));

        HttpRequest request = HttpRequest.newBuilder(URI.create(publisher.url() + target))
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .POST(BodyPublishers.ofString(body.replace('\'', '"')))
                .build();
        HttpResponse<String> response = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        await().atMost(SOON)
                .until(() -> spans("announce $KV.bones-holds.{file}").size() == 1);
        Span announce = spans("announce $KV.bones-holds.{file}").get(0);
        String path = target.replaceAll("\\?.*", "");
        await().atMost(SOON).untilAsserted(() -> assertThat(collector.trace(announce.traceId()))
                .extracting(Span::name)
                .contains("POST " + path));
        assertThat(announce.attributes()).containsEntry("heddle.hold.file", "/shop/a.ts");
        assertThat(collector.all())
                .as("health has been asked for, and is not traced")
                .extracting(Span::name)
                .noneMatch(name -> name.startsWith("GET"));
    }

    @Test
    void onlyReadinessDependsOnTheBroker() {
        server.start();
        agent.start();
        await().atMost(SOON).until(() -> health(agent, "ready").equals("UP"));

        server.kill();

        await().atMost(SOON).until(() -> health(agent, "ready").equals("DOWN"));
        assertThat(health(agent, "live")).isEqualTo("UP");
        assertThat(health(agent, "started")).isEqualTo("UP");
        for (String check : List.of("nats", "mounts", "holds")) {
            assertThat(check(check).path("status").asText()).as(check).isEqualTo("DOWN");
            assertThat(check(check).at("/data/error").asText()).as(check).isNotEmpty();
        }
        server.start();
        await().atMost(SOON).until(() -> health(agent, "ready").equals("UP"));
        assertThat(check("holds").at("/data/probe_ms").isNumber()).isTrue();
        assertThat(check("nats").at("/data/server_version").asText()).isNotEmpty();
        assertThat(check("mounts").at("/data/delivery_mode").asText()).isEqualTo("jetstream");
        assertEveryLineIsJson(agent);
    }

    @Test
    void startsWithoutABroker() {
        agent.start();

        await().atMost(SOON).until(() -> health(agent, "live").equals("UP"));
        await().atMost(SOON).until(() -> health(agent, "started").equals("UP"));
        assertThat(health(agent, "ready")).isEqualTo("DOWN");
    }

    @Test
    void aStartThatFailsIsJsonTooWithItsException() throws IOException {
        server.start();
        Path file = Files.createFile(directory.resolve("no-directory"));
        agent.set("heddle.mounts.state-dir", file.toString()).start();

        assertThat(agent.exitCode()).isNotZero();

        assertEveryLineIsJson(agent);
        assertThat(lines(agent)).anySatisfy(line -> assertThat(
                        MAPPER.readTree(line).path("exception").toString())
                .contains("heddle.mounts.state-dir"));
    }

    private PackagedService service(String name) {
        return new PackagedService(directory.resolve(name + ".log"))
                .environment("QUARKUS_OTEL_SERVICE_NAME", name)
                .set("heddle.nats.servers", server.url())
                .set("heddle.mounts.allowed-roots", directory.resolve("shares").toString());
    }

    /** As an operator switches them on: in the environment. */
    private PackagedService traced(PackagedService service) {
        return service.environment("QUARKUS_OTEL_SDK_DISABLED", "false")
                .environment("QUARKUS_OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())
                .environment("QUARKUS_OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
                .environment("QUARKUS_OTEL_BSP_SCHEDULE_DELAY", "100ms");
    }

    private List<Span> spans(String name) {
        return collector.all().stream().filter(span -> span.name().equals(name)).toList();
    }

    private static String health(PackagedService service, String kind) {
        return service.get("/q/health/" + kind).path("status").asText();
    }

    private JsonNode check(String name) {
        for (JsonNode check : agent.get("/q/health/ready").path("checks")) {
            if (check.path("name").asText().equals(name)) {
                return check;
            }
        }
        return MAPPER.createObjectNode();
    }

    private static void assertEveryLineIsJson(PackagedService service) {
        assertThat(lines(service)).isNotEmpty().allSatisfy(line -> {
            JsonNode entry = MAPPER.readTree(line);
            assertThat(OffsetDateTime.parse(entry.path("timestamp").asText())).isNotNull();
            assertThat(entry.path("level").asText()).isNotEmpty();
            assertThat(entry.has("message")).isTrue();
        });
        assertThat(service.output()).doesNotContain(SECRET);
    }

    private static List<String> lines(PackagedService service) {
        return service.output().lines().toList();
    }

    private String share(String id) {
        return """
                {"mount_point": "%s", "cubefs": {"volume": "team", "masters": ["10.9.0.1:17010"], "owner": "team",
                 "access_key": "AK", "secret_key": "%s"}}""".formatted(directory.resolve("shares").resolve(id), SECRET);
    }
}
