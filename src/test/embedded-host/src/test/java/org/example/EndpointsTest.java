package org.example;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A host that asks for the endpoints gets them, beside its own. */
@QuarkusTest
@TestProfile(EndpointsTest.Asked.class)
class EndpointsTest {

    /** The documented properties; they count when the host is built. */
    public static final class Asked implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "heddle.http.enabled", "true",
                    "heddle.http.page.enabled", "true",
                    "heddle.observe.enabled", "true");
        }
    }

    @Test
    void whatItAskedForIsThere() {
        await().until(() -> when().get("/q/health/ready").statusCode() == 200);

        given().contentType("application/json")
                .body("{\"agent_id\": \"a\", \"ttl\": \"30s\"}")
                .put("/api/v1/holds?path=/asked")
                .then()
                .statusCode(200)
                .body("agent_id", equalTo("a"));
        when().get("/").then().statusCode(200).body(containsString("<html"));
        when().get("/q/metrics").then().statusCode(200).body(containsString("heddle_holds_held"));
        when().get("/q/health/ready").then().body(containsString("\"nats\""));
        given().queryParam("file", "/work/Other.java").post("/edit").then().statusCode(200);
    }
}
