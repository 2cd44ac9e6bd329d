package io.heddle.http.broker;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;

import io.heddle.testsupport.BrokerResource;
import io.heddle.testsupport.NatsServer;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The broker as the service shows it, where everything is there. What may be missing: {@code BrokerStatusIT}. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class BrokerStatusOverHttpTest {

    NatsServer server;

    @Test
    void theConnectionAndTheStoresAreShown() {
        given().contentType("application/json")
                .body("{\"agent_id\": \"agent-7\", \"ttl\": \"30s\"}")
                .put("/api/v1/holds?path=/broker/status.java")
                .then()
                .statusCode(200);
        await().until(() ->
                when().get("/api/v1/broker").path("groups.condition").equals("present"));

        when().get("/api/v1/broker")
                .then()
                .statusCode(200)
                .body("connection.state", equalTo("CONNECTED"))
                .body("connection.url", equalTo(server.url()))
                .body("connection.server_version", matchesPattern("2\\.\\d+\\.\\d+"))
                .body("connection.safe", equalTo(true))
                .body("connection.jetstream", equalTo(true))
                .body("connection", not(hasKey("error")))
                .body("shares.stream", equalTo("weft-mounts"))
                .body("shares.condition", equalTo("present"))
                .body("shares.subjects", equalTo(List.of("weft.mounts.*")))
                .body("shares.history", equalTo(64))
                .body("shares.replicas", equalTo(1))
                .body("shares", not(hasKey("bucket")))
                .body("shares", not(hasKey("ttl")))
                .body("holds.bucket", equalTo("bones-holds"))
                .body("holds.stream", equalTo("KV_bones-holds"))
                .body("holds.messages", greaterThanOrEqualTo(1))
                .body("holds.bytes", greaterThan(0))
                .body("holds.last_sequence", greaterThan(0L))
                .body("holds.consumers", greaterThanOrEqualTo(1))
                .body("holds.history", equalTo(1))
                .body("holds.ttl", equalTo("5m"))
                .body("groups.bucket", equalTo("heddle-groups"))
                .body("groups.subjects", equalTo(List.of("$KV.heddle-groups.>")));
        when().get("/q/openapi?format=json").then().body("paths.keySet()", hasItem("/api/v1/broker"));
    }
}
