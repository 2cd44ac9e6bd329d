package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.Holds;
import io.heddle.hold.HoldsConfig;
import io.heddle.hold.HoldsListener;
import io.heddle.hold.KvHolds;
import io.heddle.mount.ShareStream;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.PackagedService;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The permissions that we recommend, in a real server: everybody can do their work, and nothing else. */
class NatsPermissionsIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String PASSWORD = "pass-of-";
    private static final String SECRET = "SK-of-another-machine";

    @TempDir
    static Path directory;

    private final NatsServer server = NatsServer.create();

    @BeforeEach
    void start() throws IOException {
        for (String user : List.of("AGENT_VM_1", "PUBLISHER", "CONTROL_PLANE", "CODING_AGENT")) {
            server.with(user + "_PASSWORD: \"" + PASSWORD + user + "\"");
        }
        server.with(Files.readString(Path.of("docs/nats/permissions.conf"))).start();
    }

    @AfterEach
    void end() {
        server.close();
    }

    @Test
    void everybodyCanDoTheirWorkAndNothingIsRefused() throws Exception {
        try (PackagedService control = service("control-plane").start();
                PackagedService agent = service("agent-vm-1")
                        .set("heddle.mounts.vm-ids", "vm-1")
                        .set("heddle.holds.enabled", "false")
                        .set("heddle.fleet.enabled", "false");
                Connection publisher = connect("publisher");
                Connection asker = connect("control-plane");
                NatsConnection editor =
                        new NatsConnection(Configs.of(NatsConfig.class, settings("coding-agent")), null)) {
            awaitReady(control);
            assertThat(control.put("/api/v1/vms/vm-1/shares/by-rest", share("by-rest"))
                            .statusCode())
                    .isEqualTo(202);
            publisher.jetStream().publish("weft.mounts.vm-1", withId("by-nats"));
            agent.start();
            editor.start();
            await().atMost(SOON).until(() -> editor.state().isConnected());

            awaitMounted(agent, "by-rest");
            awaitMounted(agent, "by-nats");
            assertThat(control.put("/api/v1/vms/vm-1/shares/by-rest", "{\"action\": \"unmount\"}")
                            .statusCode())
                    .isEqualTo(202);
            await().atMost(SOON).until(() -> agent.shareState("by-rest").equals("UNMOUNTED"));
            assertThat(asker.request("weft.mounts.vm-1.status.get", new byte[0], Duration.ofSeconds(10)))
                    .isNotNull()
                    .satisfies(answer -> assertThat(new String(answer.getData(), StandardCharsets.UTF_8))
                            .contains("by-nats"));
            try (Holds holds = KvHolds.start(editor, Configs.of(HoldsConfig.class, Map.of()), new HoldsListener() {})) {
                FilePath file = FilePath.of("/work/App.java");
                var grant = holds.announce(new HoldRequest(file, "agent-7", Duration.ofSeconds(30)))
                        .await()
                        .atMost(SOON);
                assertThat(grant.token()).isPositive();
                assertThat(holds.whoHas(file).await().atMost(SOON)).isPresent();
                holds.release(file, "agent-7").await().atMost(SOON);
            }
            agent.stop();
            control.stop();
            assertThat(control.output() + agent.output())
                    .contains("HDL0001")
                    .doesNotContain(SECRET)
                    .doesNotContain(PASSWORD);
        }
        assertThat(serverLog()).doesNotContain("Violation");
    }

    /** As prod has it: what an old Go agent does to the bucket when it opens it. */
    @Test
    void theControlPlaneMayPutTheBucketBack() throws Exception {
        try (PackagedService control = service("control-plane")
                        .set("heddle.holds.restore-bucket", "true")
                        .set("heddle.holds.calibration-interval", "1s")
                        .start();
                Connection other = connect("control-plane")) {
            awaitReady(control);
            JetStreamManagement broker = other.jetStreamManagement();
            StreamConfiguration made = broker.getStreamInfo("KV_bones-holds").getConfiguration();

            broker.updateStream(StreamConfiguration.builder(made)
                    .maxAge(Duration.ofMinutes(2))
                    .duplicateWindow(Duration.ofMinutes(1))
                    .build());

            await().atMost(SOON).until(() -> broker.getStreamInfo("KV_bones-holds")
                    .getConfiguration()
                    .getMaxAge()
                    .equals(made.getMaxAge()));
        }
        assertThat(serverLog()).doesNotContain("Violation");
    }

    @Test
    void anAgentSeesItsOwnMachineOnly() throws Exception {
        try (Connection publisher = connect("publisher")) {
            publisher.jetStreamManagement().addStream(new ShareStream("weft-mounts").configuration());
            publisher.jetStream().publish("weft.mounts.vm-2", withId("other"));
        }

        try (Connection agent = connect("agent-vm-1")) {
            for (String subject : List.of(
                    "weft.mounts.vm-2",
                    "weft.mounts.*",
                    "_INBOX.>",
                    "_INBOX_control-plane.>",
                    "weft.mounts.*.status",
                    "$KV.heddle-groups.>",
                    "$KV.heddle-shares.>",
                    "$KV.heddle-shares.vm-1.>",
                    "$JS.EVENT.ADVISORY.>")) {
                refusesToListen(agent, "agent-vm-1", subject);
            }
            for (String subject : List.of(
                    "weft.mounts.vm-1",
                    "weft.mounts.vm-2",
                    "weft.mounts.vm-2.status",
                    "$JS.API.CONSUMER.CREATE.weft-mounts.c.weft.mounts.vm-2",
                    "$JS.API.CONSUMER.CREATE.weft-mounts.c.weft.mounts.*",
                    "$JS.API.CONSUMER.CREATE.weft-mounts.c",
                    "$JS.API.CONSUMER.CREATE.weft-mounts",
                    "$JS.API.CONSUMER.DURABLE.CREATE.weft-mounts.c",
                    "$JS.API.CONSUMER.NAMES.weft-mounts",
                    "$JS.API.CONSUMER.LIST.weft-mounts",
                    "$JS.API.STREAM.MSG.GET.weft-mounts",
                    "$JS.API.DIRECT.GET.weft-mounts.weft.mounts.vm-2",
                    "$JS.API.STREAM.PURGE.weft-mounts",
                    "$JS.API.STREAM.UPDATE.weft-mounts",
                    "$JS.API.STREAM.DELETE.weft-mounts",
                    "$JS.API.STREAM.CREATE.weft-mounts",
                    "$JS.API.STREAM.MSG.GET.KV_heddle-groups",
                    "$KV.heddle-shares.vm-2.x",
                    "$JS.API.STREAM.MSG.GET.KV_heddle-shares",
                    "$JS.API.DIRECT.GET.KV_heddle-shares.$KV.heddle-shares.vm-2.x",
                    "$JS.API.STREAM.CREATE.KV_heddle-shares",
                    "$JS.API.CONSUMER.CREATE.KV_heddle-shares.c",
                    "$JS.API.CONSUMER.CREATE.KV_heddle-shares.c.$KV.heddle-shares.vm-2.>",
                    "$JS.API.CONSUMER.CREATE.KV_heddle-shares.c.$KV.heddle-shares.>",
                    "$KV.bones-holds.x",
                    "$KV.heddle-groups.x")) {
                refusesToPublish(agent, "agent-vm-1", subject);
            }
        }
        // A filter in the body that the subject does not show: the server compares the two.
        try (Connection agent = connect("agent-vm-1")) {
            String create =
                    "{\"stream_name\":\"weft-mounts\",\"config\":{\"name\":\"c\",\"filter_subject\":\"weft.mounts.vm-2\","
                            + "\"ack_policy\":\"none\",\"deliver_policy\":\"all\",\"inactive_threshold\":30000000000}}";
            var answer = agent.request(
                    "$JS.API.CONSUMER.CREATE.weft-mounts.c.weft.mounts.vm-1",
                    create.getBytes(StandardCharsets.UTF_8),
                    Duration.ofSeconds(5));
            assertThat(new String(answer.getData(), StandardCharsets.UTF_8))
                    .contains("\"error\"")
                    .doesNotContain(SECRET);
        }
    }

    @Test
    void nobodyHasMoreThanTheirShare() throws Exception {
        refusesAll(
                "publisher",
                List.of("weft.mounts.*", "weft.mounts.*.status", "_INBOX.>"),
                List.of(
                        "weft.mounts.vm-1.status",
                        "$KV.bones-holds.x",
                        "$KV.heddle-groups.x",
                        "$JS.API.STREAM.DELETE.weft-mounts",
                        "$JS.API.STREAM.PURGE.weft-mounts"));
        refusesAll(
                "coding-agent",
                List.of("weft.mounts.*", "$KV.heddle-groups.>", "_INBOX_control-plane.>"),
                List.of(
                        "weft.mounts.vm-1",
                        "$KV.heddle-groups.x",
                        "$JS.API.STREAM.MSG.GET.KV_heddle-groups",
                        "$JS.API.CONSUMER.CREATE.KV_heddle-groups.c.$KV.heddle-groups.>",
                        "$JS.API.STREAM.UPDATE.KV_bones-holds",
                        "$JS.API.STREAM.DELETE.KV_bones-holds",
                        "$JS.API.STREAM.PURGE.KV_bones-holds"));
        refusesAll(
                "control-plane",
                List.of(">", "_INBOX_agent-vm-1.>", "_INBOX.>"),
                List.of(
                        "weft.mounts.vm-1.status",
                        "$JS.API.STREAM.DELETE.weft-mounts",
                        "$JS.API.STREAM.PURGE.KV_bones-holds"));
    }

    private void refusesAll(String user, List<String> listens, List<String> publishes) throws Exception {
        try (Connection connection = connect(user)) {
            for (String subject : listens) {
                refusesToListen(connection, user, subject);
            }
            for (String subject : publishes) {
                refusesToPublish(connection, user, subject);
            }
        }
    }

    private void refusesToListen(Connection connection, String user, String subject) throws Exception {
        connection.subscribe(subject);
        refused(connection, "Subscription Violation", user, subject);
    }

    private void refusesToPublish(Connection connection, String user, String subject) throws Exception {
        connection.publish(subject, "{}".getBytes(StandardCharsets.UTF_8));
        refused(connection, "Publish Violation", user, subject);
    }

    private void refused(Connection connection, String what, String user, String subject) throws Exception {
        connection.flush(Duration.ofSeconds(5));
        await(subject).atMost(SOON).until(() -> serverLog()
                .lines()
                .anyMatch(line -> line.contains(what)
                        && line.contains("user:" + user + "\"")
                        && line.contains("Subject \"" + subject + "\"")));
    }

    private PackagedService service(String user) throws IOException {
        Path own = Files.createDirectories(directory.resolve(user));
        PackagedService service = new PackagedService(own.resolve("service.log"))
                .set("heddle.mounts.engine", "directory")
                .set("heddle.mounts.allowed-roots", directory.resolve("shares").toString())
                .set("heddle.mounts.state-dir", own.resolve("state").toString());
        settings(user).forEach(service::set);
        return service;
    }

    private Map<String, String> settings(String user) {
        return Map.of(
                "heddle.nats.servers",
                server.url(),
                "heddle.nats.user",
                user,
                "heddle.nats.password",
                password(user),
                "heddle.nats.inbox-prefix",
                "_INBOX_" + user + ".");
    }

    private Connection connect(String user) throws Exception {
        return Nats.connect(new Options.Builder()
                .server(server.url())
                .userInfo(user.toCharArray(), password(user).toCharArray())
                .inboxPrefix("_INBOX_" + user + ".")
                .build());
    }

    private static String password(String user) {
        return PASSWORD + user.replace('-', '_').toUpperCase(Locale.ROOT);
    }

    private static void awaitReady(PackagedService service) {
        await().atMost(SOON)
                .until(() ->
                        service.get("/q/health/ready").path("status").asText().equals("UP"));
    }

    private static void awaitMounted(PackagedService agent, String id) {
        await(id).atMost(SOON).until(() -> agent.shareState(id).equals("MOUNTED"));
    }

    private static String share(String id) {
        return """
                {"mount_point": "%s", "cubefs": {"volume": "v", "masters": ["10.9.0.1:17010"], "owner": "team",
                 "access_key": "AK", "secret_key": "%s"}}""".formatted(directory.resolve("shares").resolve(id), SECRET);
    }

    private static byte[] withId(String id) {
        return share(id).replaceFirst("\\{", "{\"id\": \"" + id + "\", ").getBytes(StandardCharsets.UTF_8);
    }

    private String serverLog() throws IOException {
        return Files.readString(server.directory().resolve("server.log"));
    }
}
