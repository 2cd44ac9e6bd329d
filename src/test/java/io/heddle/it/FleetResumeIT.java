package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.mount.ShareStream;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.PackagedService;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two replicas as real processes; one is killed in the middle of a fan-out. */
class FleetResumeIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int VMS = 5_000;
    private static final String SHARE = """
            {"mount_point": "/workspace/data", "cubefs": {"volume": "data", "masters": ["10.9.0.1:17010"],
             "owner": "team", "access_key": "AK", "secret_key": "SK"}}""";

    private final NatsServer server = NatsServer.started();
    private PackagedService dying;
    private PackagedService survivor;

    @TempDir
    Path directory;

    @AfterEach
    void end() {
        dying.close();
        survivor.close();
        server.close();
    }

    @Test
    void aKilledReplicasFanOutIsFinishedByAnother() throws Exception {
        // Few at a time, so that there is a middle to be killed in.
        dying = replica("dying").set("heddle.fleet.in-flight", "2").start();
        survivor = replica("survivor").start();
        try (Connection client = Nats.connect(server.url())) {
            client.jetStreamManagement().addStream(new ShareStream("weft-mounts").configuration());
            await().atMost(SOON).until(() -> ready(dying) && ready(survivor));
            List<String> vms =
                    IntStream.range(0, VMS).mapToObj("vm-%04d"::formatted).toList();
            String members = new ObjectMapper().writeValueAsString(Map.of("vms", vms));
            assertThat(survivor.put("/api/v1/groups/class", members).statusCode())
                    .isEqualTo(200);
            CompletableFuture<?> unused = CompletableFuture.runAsync(this::putShare);

            await().atMost(SOON).pollInterval(Duration.ofMillis(2)).until(() -> messages(client) > VMS / 50);
            dying.kill();
            long published = messages(client);

            assertThat(published).isLessThan(VMS);
            assertThat(survivor.get("/api/v1/groups/class")
                            .path("unfinished_changes")
                            .asInt())
                    .isEqualTo(1);
            await().atMost(SOON)
                    .until(() -> survivor.get("/api/v1/groups/class")
                                    .path("unfinished_changes")
                                    .asInt(-1)
                            == 0);
            assertThat(subjects(client)).isEqualTo(VMS);
            System.out.println("killed after " + published + " of " + VMS + " VMs; all have it");
        }
    }

    private PackagedService replica(String name) {
        return new PackagedService(directory.resolve(name + ".log"))
                .set("heddle.nats.servers", server.url())
                .set("heddle.fleet.resume-after", "3s");
    }

    private void putShare() {
        try {
            dying.put("/api/v1/groups/class/shares/data", SHARE);
        } catch (IOException e) {
            // It was killed meanwhile.
            System.out.println("the killed replica's client: " + e.getMessage());
        }
    }

    private static boolean ready(PackagedService service) {
        return service.get("/q/health/ready").path("status").asText().equals("UP");
    }

    private static long messages(Connection client) throws Exception {
        return client.jetStreamManagement()
                .getStreamInfo("weft-mounts")
                .getStreamState()
                .getMsgCount();
    }

    private static long subjects(Connection client) throws Exception {
        return client.jetStreamManagement()
                .getStreamInfo("weft-mounts")
                .getStreamState()
                .getSubjectCount();
    }
}
