package org.example;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.in;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.Holds;
import io.heddle.mount.ShareEvent;
import io.heddle.mount.ShareState;
import io.heddle.nats.NatsConnection;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.junit.jupiter.api.Test;

/** The host has the Java API, and nothing else of its own has changed. */
@QuarkusTest
class HostTest {

    @Inject
    Holds holds;

    @Inject
    EventLog log;

    @Inject
    NotingApplier applier;

    @Inject
    NatsConnection nats;

    @Inject
    Config config;

    @Test
    void itsEndpointHoldsAFileAndItsChannelHearsOfIt() {
        given().queryParam("file", "/work/App.java").post("/edit").then().statusCode(200);

        await().until(() -> log.events().stream()
                .anyMatch(event -> event instanceof HoldEvent.Announced announced
                        && announced.hold().file().equals(FilePath.of("/work/App.java"))
                        && announced.hold().holder().equals("embedded-host")));
        assertEquals(
                "embedded-host",
                holds.whoHas(FilePath.of("/work/App.java"))
                        .await()
                        .atMost(Duration.ofSeconds(5))
                        .orElseThrow()
                        .holder());
    }

    @Test
    void itsOwnApplierGetsTheShares() {
        await().until(() -> nats.state().isConnected());

        nats.require().publish("weft.mounts.host-1", """
                {"id": "team-data", "mount_point": "/data/team",
                 "cubefs": {"volume": "team-data", "masters": ["10.9.0.1:17010"], "owner": "team-alpha"}}
                """.getBytes(StandardCharsets.UTF_8));

        await().until(() -> applier.mounted().equals(Map.of("team-data", "/data/team")));
        await().until(() -> log.events().stream()
                .anyMatch(event -> event instanceof ShareEvent.Changed changed
                        && changed.status().state() == ShareState.MOUNTED));
        assertFalse(Files.exists(Path.of("target/heddle/volumes")), "an engine of Heddle's was at work");
    }

    @Test
    void itsSettingsAreItsOwn() {
        assertEquals("embedded-host", config.getValue("quarkus.application.name", String.class));
        assertEquals("DEBUG", config.getValue("quarkus.log.category.\"org.example\".level", String.class));
        for (ConfigSource source : config.getConfigSources()) {
            if (source.getName().contains("heddle-")) {
                fail(source.getName() + " brings settings into the host: " + source.getPropertyNames());
            }
        }
        assertEquals(
                List.of("9090"),
                StreamSupport.stream(config.getConfigSources().spliterator(), false)
                        .filter(source -> source.getName().contains("application.properties"))
                        .map(source -> source.getValue("quarkus.http.port"))
                        .filter(Objects::nonNull)
                        .toList());
    }

    @Test
    void itsEndpointsAndHealthAreItsOwn() {
        for (String path : List.of("/", "/page/app.js", "/api/v1/holds", "/api/v1/mounts", "/api/v1/vms", "/q/metrics")) {
            when().get(path).then().statusCode(404);
        }
        when().get("/q/health/ready")
                .then()
                .statusCode(200)
                .body("checks.name", hasItem("host"))
                // The second one tells of the channels that the host itself has configured.
                .body("checks.name", everyItem(in(List.of("host", "SmallRye Reactive Messaging - readiness check"))));
        when().get("/q/health/live").then().statusCode(200).body("status", equalTo("UP"));
        when().get("/q/health/ready").then().body(containsString("hold-events"));
    }
}
