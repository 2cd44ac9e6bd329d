package io.heddle.http;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.blankOrNullString;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.heddle.testsupport.BrokerResource;
import io.heddle.testsupport.TokenIssuer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.Cookie;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The service in mode jwt: who is let in, and what the others are told. */
@QuarkusTest
@TestProfile(SignInOverHttpTest.Jwt.class)
class SignInOverHttpTest {

    private static final String SHARE = "{\"action\": \"unmount\"}";
    private static final String COOKIE = "heddle-session";

    TokenIssuer issuer;

    @TestHTTPResource
    URI here;

    @Test
    void aTokenIsNeeded() {
        unauthorized(when().get("/api/v1/mounts").then(), "Bearer");
    }

    @Test
    void aTokenMustBeGood() {
        String invalid = "Bearer error=\"invalid_token\"";
        String good = issuer.token("agent-7", Roles.SHARES_READ);
        String nobodySigned = Base64.getUrlEncoder().withoutPadding().encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.US_ASCII))
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
    void aRoleIsGoodForWhatItSays() {
        String reader = issuer.token("agent-7", Roles.SHARES_READ);

        bearer(reader)
                .body(SHARE)
                .put("/api/v1/vms/vm-9/shares/x")
                .then()
                .statusCode(403)
                .contentType(Problem.MEDIA_TYPE)
                .body("type", equalTo("urn:heddle:problem/forbidden"));
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
    void whoAsksIsToldWhoItIs() {
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
    void limitsAreTold() {
        String large = " ".repeat(4_200_000);

        session(large)
                .statusCode(413)
                .contentType(Problem.MEDIA_TYPE)
                .body("type", equalTo("urn:heddle:problem/too-large"));
        given().get("/api/v1/mounts?x=" + "y".repeat(20_000)).then().statusCode(414);
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
    void aMistakeOfOursIsToldWithoutItsInside() {
        when().get("/api/v1/failing")
                .then()
                .statusCode(500)
                .contentType(Problem.MEDIA_TYPE)
                .body("type", equalTo("urn:heddle:problem/internal"))
                .body(not(containsString("secret of the inside")))
                .body(not(containsString("Exception")));
    }

    @Test
    void healthAndMetersAreOpen() {
        when().get("/q/health/live").then().statusCode(200);
        when().get("/q/metrics").then().statusCode(200);
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
        public List<TestResourceEntry> testResources() {
            return List.of(new TestResourceEntry(BrokerResource.class), new TestResourceEntry(TokenIssuer.class));
        }
    }
}
