package io.heddle.http.security;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.blankOrNullString;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.heddle.http.Problem;
import io.heddle.testsupport.BrokerResource;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.SelfSigned;
import io.heddle.testsupport.TokenIssuer;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.Cookie;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The service in mode jwt: who is admitted, and what the others get. */
@QuarkusTest
@TestProfile(SignInOverHttpTest.Jwt.class)
class SignInOverHttpTest {

    private static final String SHARE = "{\"action\": \"unmount\"}";
    private static final Path LOG = Path.of(System.getProperty("project.build.directory", "target"), "sign-in-test.log")
            .toAbsolutePath();
    private static final String ACCESS_KEY = "AK-never-to-be-seen-41";
    private static final String SECRET_KEY = "SK-never-to-be-seen-42";
    private static final String COOKIE = "heddle-session";

    TokenIssuer issuer;
    NatsServer server;

    @ConfigProperty(name = "heddle.mounts.allowed-roots")
    Path shares;

    @TestHTTPResource
    URI here;

    @TestHTTPResource(tls = true)
    URI overTls;

    @Test
    void aTokenIsNeeded() {
        unauthorized(when().get("/api/v1/mounts").then(), "Bearer");
    }

    @Test
    void aTokenMustBeGood() {
        String invalid = "Bearer error=\"invalid_token\"";
        String good = issuer.token("agent-7", Roles.SHARES_READ);
        String nobodySigned = Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.US_ASCII))
                + good.substring(good.indexOf('.'), good.lastIndexOf('.') + 1);

        unauthorized(mounts("not-a-token"), invalid);
        unauthorized(mounts(nobodySigned), invalid);
        unauthorized(mounts(good.substring(0, good.length() - 8) + "AAAAAAAA"), invalid);
        unauthorized(mounts(new TokenIssuer().token("agent-7", Roles.ADMIN)), invalid);
        unauthorized(
                mounts(issuer.token("https://other.test", "a", Instant.now().plusSeconds(60), Roles.ADMIN)), invalid);
        unauthorized(
                mounts(issuer.token(TokenIssuer.ISSUER, "a", Instant.now().minusSeconds(600), Roles.ADMIN)), invalid);
        mounts(good).statusCode(200);
    }

    @Test
    void aRoleAllowsWhatItNames() {
        String reader = issuer.token("agent-7", Roles.SHARES_READ);

        forbidden(bearer(reader).body(SHARE).put("/api/v1/vms/vm-9/shares/x").then());
        mounts(issuer.token("agent-7", Roles.HOLDS_READ, Roles.SHARES_PUBLISH)).statusCode(403);
        mounts(issuer.token("agent-7")).statusCode(403);
        bearer(issuer.token("p", Roles.SHARES_PUBLISH))
                .body(SHARE)
                .put("/api/v1/vms/vm-9/shares/x")
                .then()
                .statusCode(202);
        mounts(issuer.token("root", Roles.ADMIN)).statusCode(200);
    }

    @Test
    void theBrokerIsShownToReadersOfHoldsOrShares() {
        when().get("/api/v1/broker").then().statusCode(401);
        forbidden(bearer(issuer.token("agent-7", Roles.HOLDS_WRITE, Roles.SHARES_PUBLISH))
                .get("/api/v1/broker")
                .then());
        for (String role : List.of(Roles.HOLDS_READ, Roles.SHARES_READ, Roles.ADMIN)) {
            bearer(issuer.token("agent-7", role)).get("/api/v1/broker").then().statusCode(200);
        }
    }

    @Test
    void theSessionNamesTheCaller() {
        when().get("/api/v1/session")
                .then()
                .statusCode(200)
                .body("mode", equalTo("jwt"))
                .body("subject", nullValue())
                .body("roles", hasSize(0));
        bearer(issuer.token("agent-7", Roles.SHARES_READ))
                .get("/api/v1/session")
                .then()
                .body("subject", equalTo("agent-7"))
                .body("roles", equalTo(List.of(Roles.SHARES_READ)));
        bearer(issuer.token("root", Roles.ADMIN))
                .get("/api/v1/session")
                .then()
                .body("roles", hasItems(Roles.ALL.toArray(String[]::new)));
        bearer("rubbish").get("/api/v1/session").then().statusCode(200).body("roles", hasSize(0));
    }

    @Test
    void aSessionBelongsToItsSubject() {
        String body = "{\"session\":\"claude-code/1\",\"paths\":[\"/sessions/a\"]}";
        String ann = issuer.token("ann", Roles.HOLDS_READ, Roles.HOLDS_WRITE);
        String bob = issuer.token("bob", Roles.HOLDS_READ, Roles.HOLDS_WRITE);

        given().contentType("application/json")
                .body(body)
                .post("/api/v1/sessions/hold")
                .then()
                .statusCode(401);
        forbidden(bearer(issuer.token("ann", Roles.HOLDS_READ))
                .body(body)
                .post("/api/v1/sessions/hold")
                .then());
        bearer(ann)
                .body(body)
                .post("/api/v1/sessions/hold")
                .then()
                .statusCode(200)
                .body("session", equalTo("ann/claude-code/1"));
        bearer(bob)
                .body(body.replace("claude-code/1", "ann/claude-code/1"))
                .post("/api/v1/sessions/hold")
                .then()
                .statusCode(409)
                .body("holder.agent_id", equalTo("ann/claude-code/1"));
        bearer(bob)
                .body("{\"session_id\":\"1\",\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Edit\","
                        + "\"tool_input\":{\"file_path\":\"/sessions/a\"}}")
                .post("/hooks/claude-code")
                .then()
                .statusCode(200)
                .body("hookSpecificOutput.permissionDecision", equalTo("deny"));
        String release = "/api/v1/holds?path=/sessions/a&agent=ann/claude-code/1";
        forbidden(bearer(bob).delete(release).then());
        bearer(ann).delete(release).then().statusCode(200).body("released", equalTo(true));
    }

    @Test
    void theToolsOfAgentsNeedATokenWithItsRole() {
        String call = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"hold_files\","
                + "\"arguments\":{\"paths\":[\"/tools/a\"],\"session\":\"codex/1\"}}}";

        given().contentType("application/json")
                .accept("application/json, text/event-stream")
                .body(call)
                .post("/mcp")
                .then()
                .statusCode(401)
                .header("WWW-Authenticate", containsString("Bearer"));
        assertThat(tool(issuer.token("ann", Roles.HOLDS_READ), call)).doesNotContain("/tools/a");
        assertThat(tool(issuer.token("ann", Roles.HOLDS_WRITE), call))
                .contains("/tools/a")
                .contains("ann/codex/1");
    }

    private String tool(String token, String call) {
        return bearer(token)
                .accept("application/json, text/event-stream")
                .body(call)
                .post("/mcp")
                .then()
                .statusCode(200)
                .extract()
                .asString();
    }

    @Test
    void aHolderActsInItsOwnNameOnly() {
        String seven = issuer.token("agent-7", Roles.HOLDS_WRITE, Roles.HOLDS_READ);
        String eight = issuer.token("agent-8", Roles.HOLDS_WRITE);
        String admin = issuer.token("root", Roles.ADMIN);

        long hold = hold(seven, "agent-7", "/own/a")
                .statusCode(200)
                .extract()
                .jsonPath()
                .getLong("token");
        forbidden(hold(eight, "agent-7", "/own/b"));
        forbidden(bearer(eight)
                .body("{\"agent_id\":\"agent-7\",\"ttl\":\"30s\",\"paths\":[\"/own/c\"]}")
                .post("/api/v1/holds/batch")
                .then());
        forbidden(bearer(eight)
                .body("{\"agent_id\":\"agent-7\",\"ttl\":\"30s\",\"path\":\"/own/c\",\"timeout\":\"1s\"}")
                .post("/api/v1/holds/wait")
                .then());
        forbidden(
                bearer(eight).delete("/api/v1/holds?path=/own/a&agent=agent-7").then());
        forbidden(bearer(eight).delete("/api/v1/holds?agent=agent-7").then());
        forbidden(bearer(seven).delete("/api/v1/holds?path=/own/a&force=true").then());
        forbidden(bearer(eight).get("/api/v1/holds").then());
        forbidden(transfer(eight, hold, "agent-8"));
        transfer(eight, hold + 1, "agent-8").statusCode(409);
        transfer(seven, hold, "agent-8").statusCode(200).body("agent_id", equalTo("agent-8"));
        hold(admin, "anybody", "/own/d").statusCode(200);
        bearer(admin).delete("/api/v1/holds?path=/own/a&force=true").then().statusCode(200);
    }

    @Test
    void aPageSignsInWithACookieAndOut() {
        Cookie cookie = signIn(issuer.token("op", Roles.SHARES_READ));

        assertThat(cookie.isHttpOnly()).isTrue();
        assertThat(cookie.getSameSite()).isEqualTo("Strict");
        assertThat(cookie.getPath()).isEqualTo("/");
        assertThat(cookie.isSecured()).isFalse();
        assertThat(cookie.getMaxAge()).isBetween(280L, 300L); // the token's
        given().cookie(cookie).get("/api/v1/mounts").then().statusCode(200);
        given().cookie(cookie).get("/api/v1/session").then().body("subject", equalTo("op"));
        given().cookie(cookie)
                .delete("/api/v1/session")
                .then()
                .statusCode(204)
                .header("Set-Cookie", allOf(startsWith(COOKIE + "=;"), containsString("Max-Age=0")));
    }

    @Test
    void aCookieDoesNotLastLongerThanAQuarterOfAnHour() {
        Cookie cookie =
                signIn(issuer.token(TokenIssuer.ISSUER, "op", Instant.now().plusSeconds(86_400)));

        assertThat(cookie.getMaxAge()).isEqualTo(900);
    }

    @Test
    void overTlsTheCookieIsForTlsAndThisHostOnlyWithHsts() {
        String own = "https://" + overTls.getAuthority();
        Cookie cookie = given().relaxedHTTPSValidation()
                .contentType("application/json")
                .header("Origin", own)
                .body("{\"token\": \"" + issuer.token("op", Roles.SHARES_READ) + "\"}")
                .post(own + "/api/v1/session")
                .then()
                .statusCode(204)
                .extract()
                .detailedCookie("__Host-" + COOKIE);

        assertThat(cookie.isSecured()).isTrue();
        assertThat(cookie.isHttpOnly()).isTrue();
        assertThat(cookie.getPath()).isEqualTo("/");
        assertThat(cookie.getDomain()).isNull();
        for (String path : List.of("/", "/api/v1/mounts", "/q/health/live")) {
            given().relaxedHTTPSValidation()
                    .cookie(cookie)
                    .get(own + path)
                    .then()
                    .statusCode(200)
                    .header("Strict-Transport-Security", "max-age=31536000");
        }
    }

    @Test
    void theHeaderComesBeforeTheCookie() {
        Cookie cookie = signIn(issuer.token("op", Roles.SHARES_READ));

        given().cookie(cookie)
                .header("Authorization", "Bearer " + issuer.token("other"))
                .get("/api/v1/mounts")
                .then()
                .statusCode(403);
    }

    @Test
    void aCookieChangesNothingForOtherPages() {
        Cookie cookie = signIn(issuer.token("op", Roles.SHARES_PUBLISH));
        String own = "http://" + here.getAuthority();

        putWith(cookie).then().statusCode(403).body("detail", containsString("cookie"));
        putWith(cookie, "Sec-Fetch-Site", "cross-site", "Origin", own).then().statusCode(403);
        putWith(cookie, "Sec-Fetch-Site", "same-site").then().statusCode(403);
        putWith(cookie, "Origin", "https://evil.test").then().statusCode(403);
        putWith(cookie, "Origin", "null").then().statusCode(403);
        putWith(cookie, "Origin", "http://" + here.getHost() + ":1").then().statusCode(403);
        putWith(cookie, "Origin", own).then().statusCode(202);
        putWith(cookie, "Sec-Fetch-Site", "same-origin").then().statusCode(202);
    }

    @Test
    void aBadSignInIsRefused() {
        unauthorized(session("{\"token\": \"rubbish\"}"), "Bearer error=\"invalid_token\"");
        session("{\"token\": \"" + "x".repeat(SessionCookie.LONGEST_TOKEN + 1) + "\"}")
                .statusCode(400)
                .body("field", equalTo("token"));
        session("{}").statusCode(400).body("field", equalTo("token"));
        // Good as far as it goes: what is no base64 is skipped by whoever checks it, but no cookie can hold it.
        String padded = issuer.token("op", Roles.SHARES_READ).replaceFirst("(.{9})$", "ä;\\\\n$1");
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> session("{\"token\": \"" + padded + "\"}").statusCode(400).body("field", equalTo("token")));
        session("").statusCode(400);
        given().contentType("application/json")
                .header("Origin", "https://evil.test")
                .body("{\"token\": \"" + issuer.token("mallory") + "\"}")
                .post("/api/v1/session")
                .then()
                .statusCode(403);
    }

    @Test
    void whatIsNoTextOfOursIsAProblem() {
        for (String body : List.of(
                "{\"token\": \"a\", \"token\": \"b\"}",
                "{\"token\": " + "[".repeat(5_000) + "]".repeat(5_000) + "}",
                "{\"token\": " + "9".repeat(5_000) + "}",
                "{\"token\"",
                "[]",
                "\u0000")) {
            session(body)
                    .statusCode(400)
                    .contentType(Problem.MEDIA_TYPE)
                    .body("detail", not(containsString("jackson")))
                    .body("detail", not(blankOrNullString()));
        }
    }

    @Test
    void limitsAreReported() {
        String large = " ".repeat(4_200_000);

        session(large)
                .statusCode(413)
                .contentType(Problem.MEDIA_TYPE)
                .body("type", equalTo("urn:heddle:problem/too-large"));
        given().get("/api/v1/mounts?x=" + "y".repeat(20_000)).then().statusCode(414);
        given().header("X-Filler", "y".repeat(30_000))
                .get("/api/v1/mounts")
                .then()
                .statusCode(431)
                .body(equalTo(""));
    }

    @Test
    void everyAnswerHasTheSecurityHeaders() {
        for (String path : List.of("/api/v1/session", "/api/v1/mounts", "/api/v1/nowhere", "/q/health/live")) {
            when().get(path)
                    .then()
                    .header("X-Content-Type-Options", "nosniff")
                    .header("Referrer-Policy", "no-referrer")
                    .header("X-Frame-Options", "DENY")
                    .header("Server", nullValue())
                    .header("Access-Control-Allow-Origin", nullValue())
                    .header("Strict-Transport-Security", nullValue());
        }
        when().get("/api/v1/session")
                .then()
                .header("Cache-Control", "no-store")
                .header("Content-Security-Policy", containsString("frame-ancestors 'none'"));
    }

    @Test
    void aFaultOfTheServiceIsReportedWithoutItsInternals() {
        when().get("/api/v1/failing")
                .then()
                .statusCode(500)
                .contentType(Problem.MEDIA_TYPE)
                .body("type", equalTo("urn:heddle:problem/internal"))
                .body(not(containsString("secret of the inside")))
                .body(not(containsString("Exception")));
    }

    @Test
    void theDescriptionHasNothingOfTheServersOwnClasses() {
        when().get("/q/openapi?format=json")
                .then()
                .body("paths.'/api/v1/session'.delete.requestBody", nullValue())
                .body("paths.'/api/v1/session'.delete.responses.keySet()", hasItems("204"))
                .body("paths.'/api/v1/session'.post.requestBody", notNullValue())
                .body("components.schemas.keySet()", not(hasItem("RoutingContext")));
    }

    @Test
    @Tag("own-log")
    void nothingSecretComesOut() throws Exception {
        String token = issuer.token("root", Roles.ADMIN);
        StringBuilder seen = new StringBuilder();
        String share = """
                {"mount_point": "%s", "cubefs": {"volume": "v", "masters": ["10.9.0.1:17010"], "owner": "o",
                 "access_key": "%s", "secret_key": "%s"}}""";
        String good = share.formatted(shares.resolve("secret"), ACCESS_KEY, SECRET_KEY);
        try (Connection listener = Nats.connect(server.url())) {
            listener.createDispatcher(message -> seen.append(message.getSubject())
                            .append(new String(message.getData(), StandardCharsets.UTF_8)))
                    .subscribe("weft.mounts.*.status")
                    .subscribe("$KV.bones-holds.>");
            listener.flush(Duration.ofSeconds(2));

            for (String target : List.of("/api/v1/vms/vm-1/shares/secret", "/api/v1/groups/g/shares/secret")) {
                for (String body : List.of(
                        good,
                        good.replace("10.9.0.1:17010", "no port"),
                        good.replace("\"v\"", "\"../v\""),
                        good.replace(shares.toString(), "/etc"),
                        good.substring(0, good.length() - 2),
                        good.replace(": \"AK", ": AK"))) {
                    seen.append(bearer(token).body(body).put(target).asString());
                }
            }
            seen.append(session("{\"token\": \"" + token + "\"").extract().asString());
            seen.append(session("{\"token\": \"x" + token + "\"}").extract().asString());
            seen.append(bearer(token + "x").get("/api/v1/mounts").asString());
            hold(token, "root", "/secret").statusCode(200);
            await().until(() ->
                    seen.toString().contains("\"MOUNTED\"") || seen.toString().contains("\"mounted\""));
            for (String path : List.of(
                    "/api/v1/session",
                    "/api/v1/mounts",
                    "/api/v1/holds",
                    "/api/v1/vms",
                    "/api/v1/vms/vm-1",
                    "/api/v1/groups",
                    "/api/v1/groups/g",
                    "/api/v1/groups/g/status",
                    "/q/metrics",
                    "/q/health",
                    "/q/openapi")) {
                seen.append(bearer(token).get(path).asString());
            }
            for (String path : List.of("/api/v1/mounts/events", "/api/v1/holds/events", "/api/v1/vms/events")) {
                seen.append(beginningOf(path, token));
            }
        }

        String all = seen + Files.readString(LOG);
        assertThat(all)
                .contains("secret")
                .contains("/secret")
                .doesNotContain(ACCESS_KEY)
                .doesNotContain(SECRET_KEY)
                .doesNotContain(token.substring(token.lastIndexOf('.') + 1));
    }

    @Test
    void healthAndMetersAreOpen() {
        when().get("/q/health/live").then().statusCode(200);
        when().get("/q/metrics").then().statusCode(200);
    }

    private static ValidatableResponse hold(String token, String agent, String path) {
        return bearer(token)
                .body("{\"agent_id\":\"" + agent + "\",\"ttl\":\"30s\"}")
                .put("/api/v1/holds?path=" + path)
                .then();
    }

    private static ValidatableResponse transfer(String token, long hold, String to) {
        return bearer(token)
                .body("{\"path\":\"/own/a\",\"token\":" + hold + ",\"to_agent\":\"" + to + "\"}")
                .post("/api/v1/holds/transfer")
                .then();
    }

    private static void forbidden(ValidatableResponse response) {
        response.statusCode(403).contentType(Problem.MEDIA_TYPE).body("type", equalTo("urn:heddle:problem/forbidden"));
    }

    private ValidatableResponse mounts(String token) {
        return bearer(token).get("/api/v1/mounts").then();
    }

    private static RequestSpecification bearer(String token) {
        return given().contentType("application/json").header("Authorization", "Bearer " + token);
    }

    private static ValidatableResponse session(String body) {
        return given().contentType("application/json")
                .body(body)
                .post("/api/v1/session")
                .then();
    }

    private static Cookie signIn(String token) {
        return session("{\"token\": \"" + token + "\"}")
                .statusCode(204)
                .extract()
                .detailedCookie(COOKIE);
    }

    private static io.restassured.response.Response putWith(Cookie cookie, String... headers) {
        RequestSpecification request =
                given().cookie(cookie).contentType("application/json").body(SHARE);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return request.put("/api/v1/vms/vm-9/shares/x");
    }

    /** What a stream of events says before it waits for something to happen. */
    private String beginningOf(String path, String token) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + here.getAuthority() + path))
                .header("Authorization", "Bearer " + token)
                .build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofInputStream());
        StringBuilder text = new StringBuilder();
        try (InputStream body = answer.body()) {
            await().until(() -> {
                while (body.available() > 0) {
                    text.append(new String(body.readNBytes(body.available()), StandardCharsets.UTF_8));
                }
                return answer.statusCode() != 200 || text.toString().contains("data:");
            });
        }
        return text.toString();
    }

    private static void unauthorized(ValidatableResponse response, String challenge) {
        response.statusCode(401)
                .contentType(Problem.MEDIA_TYPE)
                .header("WWW-Authenticate", equalTo(challenge))
                .body("type", equalTo("urn:heddle:problem/unauthorized"))
                .body(not(containsString("Exception")));
    }

    /** Mode jwt. */
    public static final class Jwt implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            Map<String, String> settings = new HashMap<>(overTls());
            settings.put("quarkus.log.file.enabled", "true");
            settings.put("quarkus.log.file.path", LOG.toString());
            // For the secrets that must not be there; not TRACE, which the build leaves out.
            for (String category : List.of(
                    "io.heddle",
                    "io.smallrye.jwt",
                    "io.quarkus.smallrye.jwt",
                    "io.quarkus.security",
                    "io.quarkus.vertx.http",
                    "io.quarkus.resteasy",
                    "io.nats")) {
                settings.put("quarkus.log.category.\"" + category + "\".level", "DEBUG");
            }
            return settings;
        }

        private static Map<String, String> overTls() {
            try {
                SelfSigned identity = SelfSigned.in(Files.createTempDirectory("sign-in-test"), "dns:localhost");
                return Map.of(
                        "quarkus.tls.web.key-store.pem.0.cert",
                        identity.certificate().toString(),
                        "quarkus.tls.web.key-store.pem.0.key",
                        identity.key().toString(),
                        "quarkus.http.tls-configuration-name",
                        "web",
                        "quarkus.http.test-ssl-port",
                        "0");
            } catch (IOException | GeneralSecurityException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        @Override
        public List<TestResourceEntry> testResources() {
            return List.of(new TestResourceEntry(BrokerResource.class), new TestResourceEntry(TokenIssuer.class));
        }
    }
}
