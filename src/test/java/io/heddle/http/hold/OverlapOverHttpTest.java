package io.heddle.http.hold;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;

import io.heddle.testsupport.BrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import org.junit.jupiter.api.Test;

/** Directories, shared holds, reasons and queries over HTTP. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class OverlapOverHttpTest {

    private static final String HOLDS = "/api/v1/holds";

    @Test
    void aDirectoryIsHeldWithEverythingBelowIt() {
        put("/http-overlap/src", "a", "\"directory\":true,\"reason\":\"rename of Cart\"")
                .statusCode(200)
                .body("path", equalTo("/http-overlap/src/"))
                .body("reason", equalTo("rename of Cart"))
                .body("$", not(hasKey("shared")));
        put("/http-overlap/src/a.ts", "b", "\"reason\":\"\"")
                .statusCode(409)
                .body("type", equalTo("urn:heddle:problem/held-by-another"))
                .body("path", equalTo("/http-overlap/src/a.ts"))
                .body("holder.path", equalTo("/http-overlap/src/"))
                .body("holder.reason", equalTo("rename of Cart"));
        post("query", "{\"paths\":[\"/http-overlap/src/a.ts\",\"/http-overlap/free\",\"/http-overlap/\"]}")
                .statusCode(200)
                .body("holds", hasSize(2))
                .body("holds[0].path", equalTo("/http-overlap/src/a.ts"))
                .body("holds[0].holds[0].path", equalTo("/http-overlap/src/"))
                .body("holds[0].holds[0].agent_id", equalTo("a"))
                .body("holds[0].holds[0].remaining", endsWith("s"))
                .body("holds[1].path", equalTo("/http-overlap/"));
        post("query", "{\"paths\":[\"/http-overlap/\"],\"agent\":\"a\"}").body("holds", hasSize(0));
        given().get(HOLDS + "?path=/http-overlap/src&directory=true")
                .then()
                .statusCode(200)
                .body("agent_id", equalTo("a"));
        given().delete(HOLDS + "?path=/http-overlap/src&directory=true&agent=a")
                .then()
                .body("released", equalTo(true));
        put("/http-overlap/src/a.ts", "b", "\"shared\":false").statusCode(200);
    }

    @Test
    void readersShareAFile() {
        put("/http-shared/f", "a", "\"shared\":true").statusCode(200).body("shared", equalTo(true));
        put("/http-shared/f", "b", "\"shared\":true").statusCode(200);
        put("/http-shared/f", "b", "\"shared\":false").statusCode(409).body("holder.agent_id", equalTo("a"));
        given().get(HOLDS + "?prefix=/http-shared&limit=1")
                .then()
                .body("holds", hasSize(2))
                .body("$", not(hasKey("next")));
    }

    @Test
    void whatCannotBeIsRefused() {
        put("/http-refused/f", "a", "\"reason\":\"" + "x".repeat(201) + "\"")
                .statusCode(400)
                .body("field", equalTo("reason"));
        put("/", "a", "\"directory\":true").statusCode(400).body("field", equalTo("path"));
        post("query", "{\"paths\":[]}").statusCode(400).body("field", equalTo("paths"));
    }

    private static ValidatableResponse put(String path, String agent, String members) {
        return given().contentType("application/json")
                .body("{\"agent_id\":\"" + agent + "\",\"ttl\":\"30s\"," + members + "}")
                .put(HOLDS + "?path=" + path)
                .then();
    }

    private static ValidatableResponse post(String call, String body) {
        return given().contentType("application/json")
                .body(body)
                .post(HOLDS + "/" + call)
                .then();
    }
}
