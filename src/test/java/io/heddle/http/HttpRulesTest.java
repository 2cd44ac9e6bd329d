package io.heddle.http;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.testsupport.BrokerResource;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.RawHttp;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of docs/http.md that every endpoint follows, tried at each operation of {@code /q/openapi}. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class HttpRulesTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> CHANGES = Set.of("PUT", "POST", "PATCH", "DELETE");

    NatsServer server;

    @ConfigProperty(name = "heddle.mounts.allowed-roots")
    Path shares;

    /** Each path of the description, its variables replaced, with its operations by method. */
    private final Map<String, Map<String, JsonNode>> paths = new TreeMap<>();

    @BeforeEach
    void readTheDescription() throws IOException {
        JsonNode description = JSON.readTree(
                given().accept("application/json").get("/q/openapi").asByteArray());
        description.get("paths").fields().forEachRemaining(path -> {
            boolean ofTests = Set.of("/api/v1/failing", "/api/v1/bare").contains(path.getKey());
            if (path.getKey().startsWith("/api/v1/") && !ofTests) {
                Map<String, JsonNode> operations = new TreeMap<>();
                path.getValue().fields().forEachRemaining(operation -> {
                    if (operation.getValue().has("responses")) {
                        operations.put(operation.getKey().toUpperCase(Locale.ROOT), operation.getValue());
                    }
                });
                paths.put(path.getKey().replaceAll("\\{[^}]+}", "rules"), operations);
            }
        });
        assertThat(paths).hasSizeGreaterThan(12);
    }

    @Test
    void everyOperationRefusesParametersThatItDoesNotHaveOrThatAreRepeated() {
        each((method, path, operation) -> {
            JsonNode refused = problem(send(method, path + "?unknown=1", operation), 400, "bad-field");
            assertThat(refused.get("field").asText()).isEqualTo("unknown");
            for (JsonNode parameter : operation.path("parameters")) {
                if (parameter.get("in").asText().equals("query")) {
                    String twice = parameter.get("name").asText() + "=1";
                    problem(send(method, path + "?" + twice + "&" + twice, operation), 400, "bad-field");
                }
            }
        });
    }

    @Test
    void everyNumberAndEveryFlagIsChecked() {
        each((method, path, operation) -> {
            for (JsonNode parameter : operation.path("parameters")) {
                String name = parameter.get("name").asText();
                if (Set.of("limit", "problem", "force", "token").contains(name)) {
                    problem(send(method, path + "?" + name + "=banana", operation), 400, "bad-field");
                }
            }
        });
    }

    @Test
    void everyPathNamesItsMethods() {
        paths.forEach((path, operations) -> {
            Set<String> allowed = new TreeSet<>(operations.keySet());
            allowed.add("OPTIONS");
            if (path.equals("/api/v1/vms/events")) { // a VM may have this name
                allowed.add("DELETE");
            }
            if (allowed.contains("GET")) {
                allowed.add("HEAD");
            }
            for (String method : List.of("GET", "PUT", "POST", "PATCH", "DELETE", "REPORT")) {
                if (!allowed.contains(method)) {
                    Response response = given().request(method, path);
                    problem(response, 405, "method-not-allowed");
                    assertThat(allow(response)).as("%s %s", method, path).isEqualTo(allowed);
                }
            }
            assertThat(allow(given().options(path))).as("OPTIONS %s", path).isEqualTo(allowed);
        });
    }

    /** Otherwise a page that the user visits holds files of a service without tokens. */
    @Test
    void noPageOfAnotherOriginChangesAnything() {
        each((method, path, operation) -> {
            if (CHANGES.contains(method)) {
                for (Map<String, String> headers : List.of(
                        Map.of("Sec-Fetch-Site", "cross-site"),
                        Map.of("Sec-Fetch-Site", "same-site"),
                        Map.of("Origin", "null"),
                        Map.of("Origin", "https://evil.example"))) {
                    problem(request(operation).headers(headers).request(method, path), 403, "forbidden");
                }
            }
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "*/*"})
    void everyBodyIsJson(String type) throws IOException {
        for (String path : paths.keySet()) {
            for (String method : paths.get(path).keySet()) {
                if (!CHANGES.contains(method)) {
                    continue;
                }
                String typeLine = type.isEmpty() ? "" : "Content-Type: " + type + "\r\n";
                for (String body : List.of(
                        "Content-Length: 2\r\n\r\n{}", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")) {
                    assertThat(exchange(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + typeLine + body))
                            .as("%s %s", method, path)
                            .isEqualTo(415);
                }
            }
        }
    }

    @Test
    void headEndsEverywhere() throws IOException {
        for (String path : paths.keySet()) {
            if (paths.get(path).containsKey("GET")) {
                try (Socket client = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
                    client.setSoTimeout(5_000);
                    client.getOutputStream()
                            .write(("HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
                    String answer = new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                    assertThat(answer)
                            .as("HEAD %s", path)
                            .matches("(?s)HTTP/1.1 (200|400|404) .*")
                            .endsWith("\r\n\r\n"); // no body
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /api/v1/holds HTTP/1.1~Host: localhost~Host: evil.example | 400",
                "GET /api/v1/holds HTTP/1.1~Host: localhost~Host: localhost    | 400",
                "GET http://evil.example/api/v1/holds HTTP/1.1~Host: localhost | 421",
                "GET HTTP://evil.example/api/v1/holds HTTP/1.1~Host: localhost | 421",
                "GET http://localhost@evil.example/ HTTP/1.1~Host: localhost   | 421",
                "GET http://localhost/api/v1/holds HTTP/1.1~Host: localhost    | 200",
            })
    void oneHostIsNamedAndItIsOurs(String head, int status) throws IOException {
        assertThat(exchange(head.replace("~", "\r\n") + "\r\nConnection: close\r\n\r\n"))
                .isEqualTo(status);
    }

    @Test
    void aVmInUseIsNotForgotten() {
        given().contentType("application/json")
                .body("{\"mount_point\":\"" + shares
                        + "/rules\",\"cubefs\":{\"volume\":\"v\",\"masters\":[\"10.9.0.1:17010\"],"
                        + "\"owner\":\"o\"}}")
                .put("/api/v1/vms/vm-forget/shares/rules")
                .then()
                .statusCode(202);
        Function<Integer, Boolean> answers =
                status -> when().delete("/api/v1/vms/vm-forget").statusCode() == status;

        await().until(() -> answers.apply(409));
        when().delete("/api/v1/vms/vm-forget/shares/rules").then().statusCode(202);
        await().until(() -> Stream.of(204, 404).anyMatch(answers::apply));
        when().get("/api/v1/vms/vm-forget").then().statusCode(404);
    }

    private interface Operation {
        void at(String method, String path, JsonNode operation);
    }

    private void each(Operation check) {
        paths.forEach(
                (path, operations) -> operations.forEach((method, operation) -> check.at(method, path, operation)));
    }

    private static RequestSpecification request(JsonNode operation) {
        RequestSpecification request = given().urlEncodingEnabled(false);
        return operation.has("requestBody")
                ? request.contentType("application/json").body("{}")
                : request;
    }

    private static Response send(String method, String path, JsonNode operation) {
        return request(operation).request(method, path);
    }

    private static JsonNode problem(Response response, int status, String type) {
        try {
            assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
            assertThat(response.contentType()).isEqualTo("application/problem+json");
            JsonNode problem = JSON.readTree(response.asByteArray());
            assertThat(problem.get("type").asText()).isEqualTo("urn:heddle:problem/" + type);
            return problem;
        } catch (IOException e) {
            throw new AssertionError(response.asString(), e);
        }
    }

    private static Set<String> allow(Response response) {
        return new TreeSet<>(List.of(String.valueOf(response.header("Allow")).split(", *")));
    }

    private static int exchange(String request) throws IOException {
        try (RawHttp client = new RawHttp(RestAssured.port, Duration.ofSeconds(5))) {
            return client.exchange(request.getBytes(StandardCharsets.US_ASCII), false, false)
                    .status();
        }
    }
}
