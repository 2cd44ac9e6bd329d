package io.heddle.mount.memo;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.heddle.testsupport.BrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** A backend that is registered and nothing else: published, mounted and shown beside CubeFS shares by one node agent. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class MemoBackendTest {

    @ConfigProperty(name = "heddle.mounts.allowed-roots")
    Path shares;

    @Test
    void bothBackendsAreAtWorkInOneNodeAgent() {
        put("note", memo("note", "hello")).statusCode(202);
        put("data", cubefs("data")).statusCode(202);

        await().until(() -> state("note").equals("MOUNTED") && state("data").equals("MOUNTED"));
        assertThat(shares.resolve("note")).isRegularFile().hasContent("hello");
        assertThat(shares.resolve("data")).isSymbolicLink();
        when().get("/api/v1/mounts").then().body("mounts.find { it.id == 'note' }.backend", equalTo("memo"));
    }

    @Test
    void aShareMovesFromOneBackendToAnother() {
        put("moves", memo("moves", "hello")).statusCode(202);
        await().until(() -> Files.isRegularFile(shares.resolve("moves")));

        put("moves", cubefs("moves")).statusCode(202);
        await().until(() -> Files.isSymbolicLink(shares.resolve("moves")));

        put("moves", memo("moves", "again")).statusCode(202);
        await().until(() -> Files.isRegularFile(shares.resolve("moves")));

        given().delete("/api/v1/vms/vm-1/shares/moves").then().statusCode(202);
        await().until(() -> state("moves").equals("UNMOUNTED"));
        assertThat(shares.resolve("moves")).doesNotExist();
    }

    @Test
    void anUnknownFieldOfItsPartIsTheBackendsToJudge() {
        put("strict", memo("strict", "hello").replace("{\"text\"", "{\"colour\":1,\"text\""))
                .statusCode(400)
                .body("detail", containsString("memo has a field other than text"));
        put("lenient", cubefs("lenient").replace("{\"volume\"", "{\"colour\":1,\"volume\""))
                .statusCode(202);
    }

    private static ValidatableResponse put(String id, String body) {
        return given().contentType("application/json")
                .body(body)
                .put("/api/v1/vms/vm-1/shares/" + id)
                .then();
    }

    private String memo(String id, String text) {
        return "{\"backend\":\"memo\",\"mount_point\":\"" + shares.resolve(id) + "\",\"memo\":{\"text\":\"" + text
                + "\"}}";
    }

    private String cubefs(String id) {
        return "{\"mount_point\":\"" + shares.resolve(id)
                + "\",\"cubefs\":{\"volume\":\"v\",\"masters\":[\"h:1\"],\"owner\":\"o\"}}";
    }

    private static String state(String id) {
        String state = when().get("/api/v1/mounts").jsonPath().getString("mounts.find { it.id == '" + id + "' }.state");
        return state == null ? "" : state;
    }
}
