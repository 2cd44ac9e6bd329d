package io.heddle.http.fleet;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.testsupport.BrokerResource;
import io.heddle.testsupport.EventClient;
import io.heddle.testsupport.EventClients;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.SimulatedVms;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** The control plane over HTTP, with a real broker, a real agent ({@code vm-1}) and many simulated ones. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class FleetOverHttpTest {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String SECRET = "SK-very-secret-over-http";
    private static final int VMS = 1_000;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    NatsServer server;

    @TestHTTPResource
    URI here;

    @ConfigProperty(name = "heddle.mounts.allowed-roots")
    Path shares;

    @Test
    void aVmIsShownAsDesiredAndAsReported() {
        when().get("/api/v1/vms/nobody")
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("type", equalTo("urn:heddle:problem/vm-not-found"));
        given().contentType("application/json")
                .body(share("seen"))
                .put("/api/v1/vms/vm-1/shares/seen")
                .then()
                .statusCode(202);

        await().atMost(SOON)
                .until(() -> Boolean.TRUE.equals(vm("vm-1").get("shares.find { it.id == 'seen' }?.in_sync")));

        when().get("/api/v1/vms/vm-1")
                .then()
                .body("agent", equalTo("live"))
                .body("silent", equalTo(false))
                .body("aliases", contains("vm-one"))
                .body("shares.find { it.id == 'seen' }.desired.mount_point", equalTo(mountPoint("seen")))
                .body("shares.find { it.id == 'seen' }.reported.state", equalTo("MOUNTED"))
                .body(not(containsString(SECRET)));
        // What is desired under one id of the machine is desired under the other one.
        await().atMost(SOON)
                .until(() -> Boolean.TRUE.equals(vm("vm-one").get("shares.find { it.id == 'seen' }?.in_sync")));
        when().delete("/api/v1/vms/vm-1/shares/seen").then().statusCode(202);
        await().atMost(SOON)
                .until(() -> "UNMOUNTED".equals(vm("vm-1").get("shares.find { it.id == 'seen' }?.reported?.state")));
    }

    @Test
    void anUnknownEventIdStartsWithReset() {
        try (EventClients clients = new EventClients()) {
            EventClient first = clients.open(RestAssured.port, "/api/v1/vms/events");
            await().atMost(SOON).until(() -> first.names().contains("synced"));
            String epoch = first.events().get(0).id().replaceFirst("\\..*", "");

            EventClient beyond = clients.open(
                    RestAssured.port, "/api/v1/vms/events", "Last-Event-ID: " + epoch + ".9223372036854775807");

            await().atMost(SOON).until(() -> beyond.names().contains("synced"));
            assertThat(beyond.names().get(0)).isEqualTo("reset");
        }
    }

    @Test
    void aVmMayBeNamedAsTheStreamIs() throws Exception {
        json(share("odd")).put("/api/v1/vms/events/shares/odd").then().statusCode(202);

        await().atMost(SOON).untilAsserted(() -> given().accept("application/json")
                .get("/api/v1/vms/events")
                .then()
                .statusCode(200)
                .body("vm", equalTo("events"))
                .body("shares.id", contains("odd")));
        HttpRequest anything = HttpRequest.newBuilder(here.resolve("/api/v1/vms/events"))
                .header("Accept", "text/html,*/*;q=0.8")
                .build();
        try (InputStream stream = HttpClient.newHttpClient()
                .send(anything, info -> {
                    assertThat(info.headers().firstValue("Content-Type"))
                            .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
                    return BodySubscribers.ofInputStream();
                })
                .body()) {
            assertThat(new String(stream.readNBytes(6), StandardCharsets.UTF_8)).isEqualTo("retry:");
        }
        when().delete("/api/v1/vms/events/shares/odd").then().statusCode(202);
    }

    @Test
    void badRequestsAreProblems() {
        problem(when().get("/api/v1/vms?limit=0").then(), 400, "bad-field", "limit");
        problem(when().get("/api/v1/vms/a.b").then(), 400, "bad-field", "vm");
        problem(when().get("/api/v1/groups/a.b").then(), 400, "bad-field", "group");
        problem(when().get("/api/v1/groups/absent").then(), 404, "group-not-found", null);
        problem(when().get("/api/v1/groups/absent/status").then(), 404, "group-not-found", null);
        problem(when().delete("/api/v1/groups/absent").then(), 404, "group-not-found", null);
        problem(json("{").put("/api/v1/groups/bad").then(), 400, "bad-field", "body");
        problem(json("null").put("/api/v1/groups/bad").then(), 400, "bad-field", "body");
        problem(json("{}").put("/api/v1/groups/bad").then(), 400, "bad-field", "vms");
        problem(json("{\"vms\":[\"a.b\"]}").put("/api/v1/groups/bad").then(), 400, "bad-field", "vms");
        problem(json("{\"add\":[null]}").patch("/api/v1/groups/bad").then(), 400, "bad-field", "add");
        problem(json("{\"add\":[\"a\"]}").patch("/api/v1/groups/absent").then(), 404, "group-not-found", null);
        problem(json(share("x")).put("/api/v1/groups/absent/shares/x").then(), 404, "group-not-found", null);
        problem(json("{}").put("/api/v1/groups/absent/shares/x").then(), 400, "share-refused", "mount_point");
        problem(
                json("{\"action\":\"unmount\"}")
                        .put("/api/v1/groups/absent/shares/x")
                        .then(),
                400,
                "bad-field",
                "action");
        String many = IntStream.rangeClosed(0, 10_000)
                .mapToObj(number -> "\"vm-" + number + "\"")
                .collect(Collectors.joining(","));
        problem(json("{\"vms\":[" + many + "]}").put("/api/v1/groups/bad").then(), 413, "group-too-large", "vms");
        // Also where the answer would be a stream.
        for (String accept : List.of("application/x-ndjson", "text/event-stream")) {
            problem(
                    json(share("x"))
                            .accept(accept)
                            .put("/api/v1/groups/absent/shares/x")
                            .then(),
                    404,
                    "group-not-found",
                    null);
        }
    }

    @Test
    void bytesThatAreNoStatusAreNoVm() throws Exception {
        try (Connection anybody = Nats.connect(server.url())) {
            anybody.publish(
                    "weft.mounts.evil.status", "{\"vm\":\"other\",\"shares\":[]}".getBytes(StandardCharsets.UTF_8));
            anybody.publish("weft.mounts.evil.status", new byte[] {1, 2, 3});
            anybody.publish("weft.mounts.evil.status", new byte[300 * 1024]);
            anybody.publish(
                    "weft.mounts.good.status",
                    "{\"vm\":\"good\",\"time\":\"2026-01-01T00:00:00Z\",\"shares\":[]}"
                            .getBytes(StandardCharsets.UTF_8));
            anybody.flush(Duration.ofSeconds(5));
        }

        await().atMost(SOON).until(() -> when().get("/api/v1/vms/good").statusCode() == 200);
        when().get("/api/v1/vms/evil").then().statusCode(404);
    }

    @Test
    void aGroupOfAThousand() throws Exception {
        List<String> vms = new ArrayList<>(
                IntStream.range(0, VMS - 1).mapToObj("sim-%04d"::formatted).toList());
        vms.add("vm-1");
        Set<String> failing = new TreeSet<>(vms.subList(100, 110));
        try (SimulatedVms simulated = new SimulatedVms(server.url(), "sim-", failing);
                EventClients clients = new EventClients()) {
            EventClient page = clients.open(RestAssured.port, "/api/v1/vms/events");
            await().atMost(SOON).until(() -> page.names().contains("synced"));
            long begin = System.nanoTime();
            json(MAPPER.writeValueAsString(Map.of("vms", vms)))
                    .put("/api/v1/groups/thousand")
                    .then()
                    .statusCode(200)
                    .body("group.vms.size()", equalTo(VMS))
                    .body("total", equalTo(0));
            List<JsonNode> lines = lines("PUT", "application/x-ndjson", share("data"));
            JsonNode last = lines.get(lines.size() - 1);
            assertThat(last.path("finished").asBoolean()).isTrue();
            assertThat(last.path("total").asInt()).isEqualTo(VMS);
            assertThat(last.path("done").asInt()).isEqualTo(VMS);
            assertThat(last.path("failed")).isEmpty();
            await().atMost(SOON)
                    .until(() -> status().getList("shares[0].mounted").size() == VMS - 10);
            System.out.printf(
                    "group of %d: desired to mounted %d ms, %d progress lines, %d MiB used%n",
                    VMS,
                    (System.nanoTime() - begin) / 1_000_000,
                    lines.size(),
                    (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20);

            JsonPath status = status();
            assertThat(status.getList("shares[0].failed.vm")).hasSameElementsAs(failing);
            assertThat(status.getList("shares[0].failed.error")).containsOnly("no such volume");
            assertThat(status.getList("shares[0].pending")).isEmpty();
            assertThat(status.getList("shares[0].silent")).isEmpty();
            assertThat(status.getList("shares[0].mounted")).contains("vm-1");
            when().get("/api/v1/vms?problem=true&limit=1000")
                    .then()
                    .body("vms.vm", hasItem("sim-0100"))
                    .body("vms.vm", not(hasItem("sim-0200")));
            assertThat(paged()).containsAll(vms);
            await().atMost(SOON)
                    .until(() -> page.events().stream()
                                    .filter(event -> event.name().equals("vm")
                                            && event.data().contains("\"sim-"))
                                    .count()
                            >= VMS - 1);
            assertThat(page.events()).noneMatch(event -> event.data().contains(SECRET));

            // Again: nothing is mounted again, nothing breaks.
            json(share("data"))
                    .put("/api/v1/groups/thousand/shares/data")
                    .then()
                    .statusCode(200)
                    .contentType("application/json")
                    .body("done", equalTo(VMS))
                    .body("failed", empty());
            String events = answer("DELETE", "text/event-stream", "").body();
            assertThat(events).contains("event: finished").contains("\"done\":" + VMS);
            await().atMost(SOON).until(() -> "UNMOUNTED".equals(reported("sim-0500", "data")));
            await().atMost(SOON).until(() -> "UNMOUNTED".equals(reported("vm-1", "data")));
            when().delete("/api/v1/groups/thousand").then().statusCode(200);
            when().get("/api/v1/groups/thousand").then().statusCode(404);
        }
    }

    @Test
    void groupsAreListedWithoutCredentials() {
        json("{\"vms\":[\"l-1\"]}").put("/api/v1/groups/list-a").then().statusCode(200);
        json("{\"vms\":[\"l-1\"]}").put("/api/v1/groups/list-b").then().statusCode(200);
        json(share("listed")).put("/api/v1/groups/list-a/shares/listed").then().statusCode(200);

        when().get("/api/v1/groups?limit=1&after=list-")
                .then()
                .statusCode(200)
                .body("groups.name", contains("list-a"))
                .body("groups[0].shares[0].volume", equalTo("team-data"))
                .body("next", equalTo("list-a"))
                .body(not(containsString(SECRET)));
        json("{\"add\":[\"l-2\"],\"remove\":[\"l-1\"]}")
                .patch("/api/v1/groups/list-a")
                .then()
                .statusCode(200)
                .body("group.vms", contains("l-2"))
                .body("total", equalTo(2))
                .body(not(containsString(SECRET)));
        when().delete("/api/v1/groups/list-a").then().statusCode(200);
        when().delete("/api/v1/groups/list-b").then().statusCode(200);
        when().get("/q/openapi?format=json").then().body("paths.keySet()", hasItem("/api/v1/groups/{group}"));
    }

    @Test
    void aGroupThatTwoWritersChangeAtOnceIsOneOfTheirsOrBoth() {
        List<String> lists = List.of("{\"vms\":[\"w-1\"]}", "{\"vms\":[\"w-2\",\"w-3\"]}");
        for (int round = 0; round < 5; round++) {
            List<HttpResponse<String>> answers = atOnce("PUT", lists);

            assertThat(answers)
                    .allSatisfy(answer -> assertThat(answer.statusCode()).isIn(200, 201, 409));
            assertThat(answers).anyMatch(answer -> answer.statusCode() < 300);
            assertThat(answers)
                    .filteredOn(answer -> answer.statusCode() == 409)
                    .allSatisfy(answer -> assertThat(answer.body()).contains("urn:heddle:problem/group-changed"));
            assertThat(when().get("/api/v1/groups/writers").jsonPath().<String>getList("vms"))
                    .isIn(List.of("w-1"), List.of("w-2", "w-3"));
        }

        List<HttpResponse<String>> patches = atOnce(
                "PATCH",
                IntStream.range(0, 10)
                        .mapToObj(number -> "{\"add\":[\"p-" + number + "\"]}")
                        .toList());

        assertThat(patches).allSatisfy(answer -> assertThat(answer.statusCode()).isEqualTo(200));
        assertThat(when().get("/api/v1/groups/writers").jsonPath().<String>getList("vms"))
                .contains("p-0", "p-1", "p-2", "p-3", "p-4", "p-5", "p-6", "p-7", "p-8", "p-9");
        when().delete("/api/v1/groups/writers").then().statusCode(200);
    }

    private static List<HttpResponse<String>> atOnce(String method, List<String> bodies) {
        HttpClient client = HttpClient.newHttpClient();
        List<CompletableFuture<HttpResponse<String>>> sent = bodies.stream()
                .map(body -> client.sendAsync(
                        HttpRequest.newBuilder(URI.create(
                                        RestAssured.baseURI + ":" + RestAssured.port + "/api/v1/groups/writers"))
                                .header("Content-Type", "application/json")
                                .method(method, BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString()))
                .toList();
        return sent.stream().map(CompletableFuture::join).toList();
    }

    private static RequestSpecification json(String body) {
        return given().contentType("application/json").body(body);
    }

    private static void problem(ValidatableResponse answer, int status, String type, String field) {
        answer.statusCode(status)
                .contentType("application/problem+json")
                .body("type", equalTo("urn:heddle:problem/" + type))
                .body("field", equalTo(field));
    }

    private static JsonPath vm(String vm) {
        return when().get("/api/v1/vms/" + vm).jsonPath();
    }

    private static String reported(String vm, String share) {
        return vm(vm).get("shares.find { it.id == '" + share + "' }?.reported?.state");
    }

    private static JsonPath status() {
        return when().get("/api/v1/groups/thousand/status").jsonPath();
    }

    private static List<String> paged() {
        List<String> all = new ArrayList<>();
        String after = "";
        while (after != null) {
            JsonPath page = when().get("/api/v1/vms?limit=300&after=" + after).jsonPath();
            all.addAll(page.getList("vms.vm"));
            after = page.get("next");
        }
        assertThat(all).isSorted().doesNotHaveDuplicates();
        return all;
    }

    private List<JsonNode> lines(String method, String accept, String body) throws Exception {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : answer(method, accept, body).body().split("\n", -1)) {
            if (!line.isBlank()) {
                lines.add(MAPPER.readTree(line));
            }
        }
        return lines;
    }

    private HttpResponse<String> answer(String method, String accept, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + RestAssured.port + "/api/v1/groups/thousand/shares/data"))
                .header("Accept", accept)
                .header("Content-Type", "application/json")
                .timeout(SOON)
                .method(method, BodyPublishers.ofString(body))
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    }

    private String mountPoint(String id) {
        return shares.resolve(id).toString();
    }

    private String share(String id) {
        return """
                {"mount_point": "%s", "cubefs": {"volume": "team-data", "masters": ["10.9.0.1:17010"],
                 "owner": "team-alpha", "access_key": "AK", "secret_key": "%s"}}""".formatted(mountPoint(id), SECRET);
    }
}
