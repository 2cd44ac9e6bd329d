package io.heddle.http.hold;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.hold.Holds;
import io.heddle.http.Durations;
import io.heddle.testsupport.BrokerResource;
import io.heddle.testsupport.EventClient;
import io.heddle.testsupport.EventClient.Event;
import io.heddle.testsupport.EventClients;
import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.ValidatableResponse;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class HoldsOverHttpTest {

    private static final String HOLDS = "/api/v1/holds";
    private static final ObjectMapper JSON = new ObjectMapper();

    @Inject
    Holds holds;

    NatsServer server;

    private final EventClients clients = new EventClients();
    /** A directory of this test's own: the tests share a bucket. */
    private final String root = "/" + UUID.randomUUID();

    @BeforeEach
    void awaitHolds() {
        await().until(() -> holds.status().ready());
    }

    @AfterEach
    void close() {
        clients.close();
    }

    @Test
    void theHistorySaysWhoHeldAFileAndHowThatEnded() {
        String file = root + "/history";
        long token = announce(file, "a", "30s").statusCode(200).extract().path("token");
        await().untilAsserted(
                        () -> { // the broker starts to copy a moment after the service has started
                            announce(file, "a", "30s").statusCode(200);
                            given().queryParam("path", file)
                                    .get(HOLDS + "/history")
                                    .then()
                                    .body("holds", hasSize(1));
                        });
        given().queryParam("path", file)
                .queryParam("agent", "a")
                .delete(HOLDS)
                .then()
                .statusCode(200);
        announce(file, "b", "30s").statusCode(200);

        await().untilAsserted(() -> given().queryParam("path", file)
                .get(HOLDS + "/history")
                .then()
                .statusCode(200)
                .body("holds.agent_id", equalTo(List.of("b", "a"))));

        given().queryParam("path", file)
                .queryParam("agent", "a")
                .queryParam("since", Instant.now().minusSeconds(600).toString())
                .get(HOLDS + "/history")
                .then()
                .body("holds", hasSize(1))
                .body("holds[0].path", equalTo(file))
                .body("holds[0].token", equalTo(token))
                .body("holds[0].end", equalTo("released"))
                .body("holds[0].by", equalTo("a"));
        given().queryParam("since", "yesterday")
                .get(HOLDS + "/history")
                .then()
                .statusCode(400)
                .body("field", equalTo("since"));
        given().queryParam("limit", "1001")
                .get(HOLDS + "/history")
                .then()
                .statusCode(400)
                .body("field", equalTo("limit"));
    }

    @Test
    void aHoldIsAnnouncedRenewedSeenAndReleased() {
        String file = root + "/a+b ä/#[x]?.java";
        long token = announce(file, "a", "30s")
                .statusCode(200)
                .body("$", aMapWithSize(7))
                .body("path", equalTo(file))
                .body("agent_id", equalTo("a"))
                .body("checkout_path", equalTo("/home/a"))
                .body("ttl", equalTo("30s"))
                .extract()
                .jsonPath()
                .getLong("token");

        JsonNode renewed = json(announce(file, "a", "PT1M30S").statusCode(200).body("token", equalTo(token)));

        assertThat(Duration.between(time(renewed, "claimed_at"), time(renewed, "expires_at")))
                .isEqualTo(Duration.ofSeconds(90));
        assertThat(renewed.get("ttl").asText()).isEqualTo("1m30s");
        assertThat(json(get("path=" + encode(file)).statusCode(200))).isEqualTo(renewed);
        delete("path=" + encode(file) + "&agent=b").body("released", equalTo(false));
        delete("path=" + encode(file) + "&agent=a").body("released", equalTo(true));
        delete("path=" + encode(file) + "&agent=a").body("released", equalTo(false));
        get("path=" + encode(file)).statusCode(404).body("type", endsWith("/not-held"));
    }

    @Test
    void aFileOfAnotherIsRefusedWithItsHolder() {
        JsonNode holder = json(announce(root + "/f", "a", "1m").statusCode(200));

        JsonNode problem = json(announce(root + "/f", "b", "30s")
                .statusCode(409)
                .contentType("application/problem+json")
                .body("type", endsWith("/held-by-another"))
                .body("title", equalTo("Held by another holder"))
                .body("status", equalTo(409)));

        assertThat(problem.get("holder")).isEqualTo(holder);
        assertThat(problem.get("path").asText()).isEqualTo(root + "/f");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "path=                 | {'agent_id':'a','ttl':'30s'}    | path",
                "path=relative/file    | {'agent_id':'a','ttl':'30s'}    | path",
                "path=/x%FF            | {'agent_id':'a','ttl':'30s'}    | path",
                "path=/x%C0%AF         | {'agent_id':'a','ttl':'30s'}    | path",
                "path=/x%00            | {'agent_id':'a','ttl':'30s'}    | path",
                "path=/a&path=/b       | {'agent_id':'a','ttl':'30s'}    | path",
                "pfad=/a               | {'agent_id':'a','ttl':'30s'}    | pfad",
                "path=/a&other=1       | {'agent_id':'a','ttl':'30s'}    | other",
                "other                 | {'agent_id':'a','ttl':'30s'}    | other",
                "&                     | {'agent_id':'a','ttl':'30s'}    | path",
                "path=/a               | {'ttl':'30s'}                   | agent_id",
                "path=/a               | {'agent_id':'','ttl':'30s'}     | agent_id",
                "path=/a               | {'agent_id':7,'ttl':'30s'}      | agent_id",
                "path=/a               | {'agent_id':['a'],'ttl':'30s'}  | agent_id",
                "path=/a               | {'agent_id':'a'}                | ttl",
                "path=/a               | {'agent_id':'a','ttl':null}     | ttl",
                "path=/a               | {'agent_id':'a','ttl':30}       | ttl",
                "path=/a               | {'agent_id':'a','ttl':'30'}     | ttl",
                "path=/a               | {'agent_id':'a','ttl':'soon'}   | ttl",
                "path=/a               | {'agent_id':'a','ttl':'0s'}     | ttl",
                "path=/a               | {'agent_id':'a','ttl':'1ns'}    | ttl",
                "path=/a               | {'agent_id':'a','ttl':'-5s'}    | ttl",
                "path=/a               | {'agent_id':'a','ttl':'-PT5S'}  | ttl",
                "path=/a               | {'agent_id':'a','ttl':'6m'}     | ttl",
                "path=/a               | {'agent_id':'a','ttl':'9999999999999d'} | ttl",
                "path=/a               | {'agent_id':'a','ttl':'30s','checkout_path':{}} | checkout_path",
                "path=/a               | {'agent_id':'a'                 | body",
                "path=/a               | []                              | body",
                "path=/a               | null                            | body",
                "path=/a               | {'agent_id':'a','ttl':'30s'} {} | body",
            })
    void whatCannotBeUsedIsNamed(String query, String body, String field) {
        given().urlEncodingEnabled(false)
                .contentType("application/json")
                .body(body.replace('\'', '"'))
                .put(HOLDS + "?" + query)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("type", endsWith("/bad-field"))
                .body("field", equalTo(field))
                .body("detail", not(containsString("Exception")))
                .body("detail", not(containsString("java.")))
                .body("detail", not(containsString("io.heddle")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DELETE ?path=/a",
                "DELETE ",
                "DELETE ?force=true",
                "DELETE ?force=yes&path=/a",
                "DELETE ?path=/a&agent=a&force=true",
                "DELETE ?path=/a&key=k&force=true",
                "DELETE ?key=k",
                "DELETE ?path=/a&agent=a&reason=why",
                "DELETE ?path=/a&force=true&reason=two%0Alines",
                "DELETE ?key=k&agent=a",
                "DELETE ?agent=",
                "DELETE ?key=a.*&force=true",
                "DELETE ?key=%3E&force=true",
                "GET ?path=/a&prefix=/",
                "GET ?path=/a&limit=3",
                "GET ?limit=0",
                "GET ?limit=1001",
                "GET ?limit=x",
                "GET ?prefix=relative",
                "GET ?after=relative",
                "GET /check?path=/a",
                "GET /check?token=1",
                "GET /check?path=/a&token=x",
                "GET /check?path=/a&token=1&min_remaining=soon",
                "GET /events?prefix=x"
            })
    void whatContradictsItselfIsRefused(String request) {
        String[] parts = request.split(" ", 2);

        ValidatableResponse response = given().urlEncodingEnabled(false)
                .request(parts[0], HOLDS + parts[1].strip())
                .then();

        response.statusCode(400).contentType("application/problem+json").body("field", not(equalTo(null)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/x%zz", "/x%2", "/x%"})
    void whatIsNoUriIsRefusedByTheServerItself(String path) {
        EventClient client = clients.open(RestAssured.port, HOLDS + "/events?prefix=" + path);

        await().until(client::hasEnded);

        assertThat(client.status()).isEqualTo(400);
    }

    @Test
    void aRequestWithoutHostIsTheCallersMistakeAndNoIncident() throws IOException {
        try (Socket caller = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
            caller.getOutputStream()
                    .write(("GET " + HOLDS + " HTTP/1.1\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.UTF_8));

            String answer = new String(caller.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(answer)
                    .startsWith("HTTP/1.1 400 ")
                    .contains("application/problem+json", "urn:heddle:problem/bad-request", "'Host' header");
        }
    }

    @Test
    void aPathThatIsNotPercentEncodedIsNamedToo() {
        EventClient client = clients.open(RestAssured.port, HOLDS + "/events?prefix=/x\u00ff");

        await().until(client::hasEnded);

        assertThat(client.status()).isEqualTo(400);
        assertThat(read(client.body()).get("field").asText()).isEqualTo("prefix");
    }

    @Test
    void unknownMembersAreIgnored() {
        given().contentType("application/json")
                .body("{\"agent_id\":\"a\",\"ttl\":\"30s\",\"purpose\":{\"of\":[1]}}")
                .put(HOLDS + "?path=" + root + "/f")
                .then()
                .statusCode(200)
                .body("checkout_path", equalTo(""));
    }

    @Test
    void whatIsHeldComesInPages() {
        for (String name : List.of("c", "a", "b/1", "b/2", "bb")) {
            announce(root + "/" + name, name.startsWith("b/") ? "x" : "y", "1m").statusCode(200);
        }

        JsonNode first = json(get("prefix=" + root + "&limit=3").statusCode(200));
        JsonNode second = json(
                get("prefix=" + root + "&limit=3&after=" + first.get("next").asText()));

        assertThat(first.findValuesAsText("path")).containsExactly(root + "/a", root + "/b/1", root + "/b/2");
        assertThat(second.findValuesAsText("path")).containsExactly(root + "/bb", root + "/c");
        assertThat(second.has("next")).isFalse();
        assertThat(first.get("revision").asLong()).isPositive();
        get("prefix=" + root + "/b").body("holds", hasSize(2));
        get("prefix=" + root + "&agent=x").body("holds.path", hasItems(root + "/b/1", root + "/b/2"));
        get("prefix=" + root + "/none").body("holds", hasSize(0));
    }

    @Test
    void allHoldsOfAHolderAreReleasedAtOnce() {
        String agent = "agent of " + root;
        announce(root + "/1", agent, "1m");
        announce(root + "/2", agent, "1m");
        announce(root + "/3", "another", "1m");

        delete("agent=" + encode(agent)).statusCode(200).body("released", equalTo(2));

        delete("agent=" + encode(agent)).body("released", equalTo(0));
        get("prefix=" + root).body("holds.agent_id", equalTo(List.of("another")));
    }

    @Test
    void anAdministratorClearsWhateverThereIs() throws Exception {
        String key = root.substring(1) + ".no.file";
        announce(root + "/f", "a", "1m");
        try (Connection raw = Nats.connect(server.url())) {
            raw.keyValue("bones-holds").put(key, "x");
            raw.keyValue("bones-holds").put("=2F" + root.substring(1) + "=2Fc", "{");
        }
        announce(root + "/c", "a", "30s").statusCode(409).body("type", endsWith("/corrupt-hold"));
        get("path=" + root + "/c").statusCode(409).body("type", endsWith("/corrupt-hold"));

        delete("path=" + root + "/c&force=true").statusCode(200).body("released", equalTo(true));

        delete("path=" + root + "/f&force=true").body("released", equalTo(true));
        delete("path=" + root + "/f&force=true").body("released", equalTo(false));
        delete("path=" + root + "/f&force=true&reason=" + "x".repeat(201))
                .statusCode(400)
                .body("field", equalTo("reason"));
        delete("key=" + key + "&force=true&reason=%C3%A4").body("released", equalTo(true));
        delete("key=" + key + "&force=true").body("released", equalTo(false));
        announce(root + "/c", "a", "30s").statusCode(200);
    }

    @Test
    void aBatchIsAllOrNone() {
        String all = "{'agent_id':'a','ttl':'1m','paths':['%1$s/2','%1$s/1','%1$s/1']}".formatted(root);
        post("batch", all).statusCode(200).body("holds.path", equalTo(List.of(root + "/1", root + "/2")));
        announce(root + "/8", "b", "1m");

        post("batch", "{'agent_id':'a','ttl':'30s','paths':['%1$s/9','%1$s/8','%1$s/7','%1$s/1']}".formatted(root))
                .statusCode(409)
                .body("type", endsWith("/held-by-another"))
                .body("path", equalTo(root + "/8"))
                .body("holder.agent_id", equalTo("b"));

        get("path=" + root + "/7").statusCode(404);
        get("path=" + root + "/9").statusCode(404);
        get("path=" + root + "/1").statusCode(200);
        post("batch", "{'agent_id':'a','ttl':'30s','paths':[]}").statusCode(400).body("field", equalTo("paths"));
        post("batch", "{'agent_id':'a','ttl':'30s','paths':['/x',null]}")
                .statusCode(400)
                .body("field", equalTo("paths"));
        post("batch", "{'agent_id':'a','ttl':'30s','paths':['x']}")
                .statusCode(400)
                .body("field", equalTo("paths"));
    }

    @Test
    void aHoldIsPassedOnAndItsOldTokenIsWorthNothing() {
        long token = json(announce(root + "/f", "a", "1m")).get("token").asLong();

        long next = post("transfer", "{'path':'%s/f','token':%d,'to_agent':'b'}".formatted(root, token))
                .statusCode(200)
                .body("agent_id", equalTo("b"))
                .body("ttl", equalTo("1m"))
                .extract()
                .jsonPath()
                .getLong("token");

        assertThat(next).isGreaterThan(token);
        post("transfer", "{'path':'%s/f','token':%d,'to_agent':'c'}".formatted(root, token))
                .statusCode(409)
                .body("type", endsWith("/hold-lost"))
                .body("token", equalTo(token));
        post("transfer", "{'path':'%s/f','token':%d,'to_agent':''}".formatted(root, next))
                .statusCode(400)
                .body("field", equalTo("to_agent"));
        post("transfer", "{'path':'%s/f','token':'x','to_agent':'b'}".formatted(root))
                .statusCode(400)
                .body("field", equalTo("token"));
        get("check?path=" + root + "/f&token=" + token)
                .body("held", equalTo(false))
                .body("remaining", equalTo("0s"));
        JsonNode check = json(get("check?path=" + root + "/f&token=" + next + "&min_remaining=5s"));
        assertThat(check.get("held").asBoolean()).isTrue();
        assertThat(Durations.parse("remaining", check.get("remaining").asText()))
                .isBetween(Duration.ofSeconds(30), Duration.ofMinutes(1));
        get("check?path=" + root + "/f&token=" + next + "&min_remaining=PT2M").body("held", equalTo(false));
    }

    @Test
    void whoWaitsGetsTheFileWhenItIsFreeAndHoldsItForItsTtlOnly() {
        announce(root + "/f", "a", "1m");
        CompletableFuture<JsonNode> waiting = CompletableFuture.supplyAsync(
                () -> json(post("wait", "{'path':'%s/f','agent_id':'b','ttl':'600ms','timeout':'20s'}".formatted(root))
                        .statusCode(200)));
        post("wait", "{'path':'%s/f','agent_id':'c','ttl':'30s','timeout':'100ms'}".formatted(root))
                .statusCode(408)
                .body("type", endsWith("/wait-timed-out"))
                .body("holder.agent_id", equalTo("a"));

        delete("path=" + root + "/f&agent=a");

        JsonNode granted = waiting.join();
        assertThat(granted.get("agent_id").asText()).isEqualTo("b");
        await().until(() -> get("path=" + root + "/f").extract().statusCode() == 404);
        post("wait", "{'path':'/f','agent_id':'b','ttl':'1s','timeout':'0s'}")
                .statusCode(400)
                .body("field", equalTo("timeout"));
    }

    @Test
    void whoGoesAwayWaitsNoLongerAndLeavesNoHold() throws IOException {
        announce(root + "/f", "a", "1m");
        String body = "{\"path\":\"" + root + "/f\",\"agent_id\":\"gone\",\"ttl\":\"1m\",\"timeout\":\"1m\"}";
        try (Socket gone = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port)) {
            gone.getOutputStream()
                    .write(("POST " + HOLDS + "/wait HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.UTF_8));
            post("wait", "{'path':'%s/f','agent_id':'c','ttl':'30s','timeout':'300ms'}".formatted(root))
                    .statusCode(408);
        }

        delete("path=" + root + "/f&agent=a");

        post("wait", "{'path':'%s/f','agent_id':'next','ttl':'30s','timeout':'10s'}".formatted(root))
                .statusCode(200);
    }

    @Test
    void everyKindOfEventIsSent() throws Exception {
        EventClient events = events("");
        long token = json(announce(root + "/f", "a", "1m")).get("token").asLong();
        announce(root + "/f", "a", "1m");
        post("transfer", "{'path':'%s/f','token':%d,'to_agent':'b'}".formatted(root, token));
        delete("path=" + root + "/f&force=true&reason=its+agent+has+crashed");
        announce(root + "/short", "a", "300ms");
        try (Connection raw = Nats.connect(server.url())) {
            raw.keyValue("bones-holds").put("=2F" + root.substring(1) + "=2Fbad", "{");
        }

        await().until(() -> about(events).size() == 8);

        List<Event> sent = about(events).stream()
                .filter(event -> !event.data().contains("/bad") && !event.data().contains("/short"))
                .toList();
        assertThat(sent)
                .extracting(Event::name)
                .containsExactly("announced", "announced", "released", "announced", "released");
        assertThat(data(sent.get(0)).get("renewal").asBoolean()).isFalse();
        assertThat(data(sent.get(0)).get("token").asLong()).isEqualTo(token);
        assertThat(data(sent.get(1)).get("renewal").asBoolean()).isTrue();
        assertThat(data(sent.get(2)).get("reason").asText()).isEqualTo("transferred");
        assertThat(data(sent.get(2)).get("by").asText()).isEqualTo("a");
        assertThat(data(sent.get(4)).get("reason").asText()).isEqualTo("forced");
        assertThat(data(sent.get(4)).get("by").asText()).isEqualTo("administrator (its agent has crashed)");
        assertThat(about(events)).extracting(Event::name).contains("expired", "corrupt");
        assertThat(events.events()).extracting(Event::id).allMatch(id -> id.matches("[0-9a-z]+\\.\\d+\\.\\d+"));
        assertThat(events.events().get(0).name()).isIn("announced", "synced");
        delete("path=" + root + "/bad&force=true");
    }

    @Test
    void whoComesBackGetsExactlyWhatWasMissed() {
        announce(root + "/before", "a", "1m");
        EventClient all = events("");
        for (int i = 0; i < 20; i++) {
            announce(root + "/f", i % 2 == 0 ? "a" : "b", "1m");
            delete("path=" + root + "/f&agent=" + (i % 2 == 0 ? "a" : "b"));
        }
        await().until(() -> about(all).size() == 41);
        List<Event> sent = about(all).subList(1, 41);

        for (int cut : List.of(0, 1, 18, 38)) {
            EventClient resumed = cut % 2 == 0
                    ? clients.open(
                            RestAssured.port,
                            HOLDS + "/events",
                            "Last-Event-ID: " + sent.get(cut).id())
                    : events("?last_event_id=" + sent.get(cut).id());

            await().until(() -> about(resumed).size() >= 39 - cut);
            assertThat(about(resumed)).isEqualTo(sent.subList(cut + 1, 40));
            assertThat(resumed.names()).doesNotContain("reset", "synced");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "0.1.1", "1.2.3.4", "epoch.99999999999999999999.1", "%F0"})
    void aClientWithAnUnknownIdGetsResetAndASnapshot(String id) {
        announce(root + "/f", "a", "1m");

        EventClient client = clients.open(RestAssured.port, HOLDS + "/events", "Last-Event-ID: " + id);

        await().until(() -> client.names().contains("synced"));
        assertThat(client.events().get(0).name()).isEqualTo("reset");
        assertThat(about(client)).hasSize(1);
        EventClient again = clients.open(
                RestAssured.port,
                HOLDS + "/events",
                "Last-Event-ID: " + about(client).get(0).id());
        await().until(() -> again.names().contains("synced"));
        assertThat(again.events().get(0).name())
                .as("in the middle of a snapshot")
                .isEqualTo("reset");
    }

    @Test
    void eventsAreFilteredByDirectoryAndHolder() {
        EventClient client = events("?prefix=" + root + "/in&agent=a");
        await().until(() -> client.names().contains("synced"));

        announce(root + "/in/1", "b", "1m");
        announce(root + "/out", "a", "1m");
        announce(root + "/in/2", "a", "1m");

        await().until(() -> about(client).size() == 1);
        assertThat(data(about(client).get(0)).get("path").asText()).isEqualTo(root + "/in/2");
    }

    @Test
    void whoeverGoesAwayIsForgotten() {
        int before = holds.status().subscribers();
        EventClient client = events("");
        await().until(() -> holds.status().subscribers() == before + 1);

        client.close();

        await().until(() -> holds.status().subscribers() <= before);
    }

    @Test
    void theInterfaceIsDescribed() {
        when().get("/q/openapi?format=json")
                .then()
                .body("paths.keySet()", hasItems(HOLDS, HOLDS + "/events", HOLDS + "/batch", HOLDS + "/transfer"))
                .body(
                        "paths.keySet()",
                        hasItems(HOLDS + "/wait", HOLDS + "/check", HOLDS + "/query", "/api/v1/mounts/events"))
                .body("paths.'" + HOLDS + "'.put.responses.keySet()", hasItems("200", "400", "409", "503"))
                .body("paths.'" + HOLDS + "'.put.requestBody.content", aMapWithSize(1))
                .body("paths.'" + HOLDS + "'.get.parameters", hasSize(greaterThan(3)))
                .body("components.schemas.Hold.properties", aMapWithSize(9));
    }

    @Test
    void aLongPathIsRefusedByNameAndNotByTheServer() {
        String longest = "/" + "%61".repeat(3069);
        given().urlEncodingEnabled(false)
                .contentType("application/json")
                .body("{\"agent_id\":\"a\",\"ttl\":\"1s\"}")
                .put(HOLDS + "?path=" + longest)
                .then()
                .statusCode(200);

        given().urlEncodingEnabled(false)
                .contentType("application/json")
                .body("{\"agent_id\":\"a\",\"ttl\":\"1s\"}")
                .put(HOLDS + "?path=" + longest + "a")
                .then()
                .statusCode(400)
                .body("field", equalTo("path"));
    }

    private EventClient events(String query) {
        EventClient client = clients.open(RestAssured.port, HOLDS + "/events" + query);
        await().until(() -> client.status() == 200);
        return client;
    }

    /** What is about this test's files. */
    private List<Event> about(EventClient client) {
        return client.events().stream()
                .filter(event -> event.data().contains(root))
                .toList();
    }

    private static ValidatableResponse announce(String file, String agent, String ttl) {
        return given().urlEncodingEnabled(false)
                .contentType("application/json")
                .body("{\"agent_id\":\"" + agent + "\",\"ttl\":\"" + ttl + "\",\"checkout_path\":\"/home/a\"}")
                .put(HOLDS + "?path=" + encode(file))
                .then();
    }

    private static ValidatableResponse get(String query) {
        String path = query.startsWith("check?") ? HOLDS + "/" + query : HOLDS + "?" + query;
        return given().urlEncodingEnabled(false).get(path).then();
    }

    private static ValidatableResponse delete(String query) {
        return given().urlEncodingEnabled(false).delete(HOLDS + "?" + query).then();
    }

    private static ValidatableResponse post(String call, String body) {
        return given().contentType("application/json")
                .body(body.replace('\'', '"'))
                .post(HOLDS + "/" + call)
                .then();
    }

    private static JsonNode json(ValidatableResponse response) {
        return read(response.extract().asString());
    }

    private static JsonNode data(Event event) {
        return read(event.data());
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Instant time(JsonNode hold, String name) {
        return Instant.parse(hold.get(name).asText());
    }

    private static String encode(String path) {
        return URLEncoder.encode(path, StandardCharsets.UTF_8);
    }
}
