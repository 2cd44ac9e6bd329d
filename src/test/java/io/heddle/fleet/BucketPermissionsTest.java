package io.heddle.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.mount.DeliveryMode;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRules;
import io.heddle.mount.ShareState;
import io.heddle.mount.directory.DirectoryApplier;
import io.heddle.mount.node.ShareAgent;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bucket of latest messages with the permissions of docs/nats/permissions.conf, and without them. */
class BucketPermissionsTest {

    private static final Duration SOON = Duration.ofSeconds(60);

    private final NatsServer server = NatsServer.create();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    @TempDir
    Path directory;

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable part : opened) {
            part.close();
        }
        server.close();
    }

    @Test
    void everyKindOfClientUsesTheBucketWithItsPermissions() throws Exception {
        start(Files.readString(Path.of("docs/nats/permissions.conf")));
        fleet();
        ShareAgent agent = agent();

        publish("first");
        publish("second");

        await().atMost(SOON)
                .until(() -> agent.statuses().stream()
                                .filter(status -> status.state() == ShareState.MOUNTED)
                                .count()
                        == 2);
        assertThat(agent.bucketFailure()).isNull();
        assertThat(serverLog()).doesNotContain("Violation");
    }

    /** The permissions of an earlier version. */
    @Test
    void withoutPermissionOnTheBucketSharesAreMountedAndTheReasonIsReported() throws Exception {
        start(Files.readString(Path.of("docs/nats/permissions.conf"))
                .replaceAll("(?m)^ *\"[^\"]*heddle-shares[^\"]*\".*\n", ""));
        fleet();
        ShareAgent agent = agent();

        publish("first");

        await().atMost(SOON)
                .until(() -> agent.statuses().stream().anyMatch(status -> status.state() == ShareState.MOUNTED));
        assertThat(agent.bucketFailure()).contains("$JS.API.STREAM.INFO.KV_heddle-shares");
        assertThat(agent.mode()).isEqualTo(DeliveryMode.JETSTREAM);
    }

    private void start(String permissions) {
        for (String user : List.of("AGENT_VM_1", "PUBLISHER", "CONTROL_PLANE", "CODING_AGENT")) {
            server.with(user + "_PASSWORD: p");
        }
        server.with(permissions).start();
    }

    private void fleet() {
        Fleet fleet = Fleet.start(
                connection("control-plane"),
                Configs.of(FleetConfig.class, Map.of()),
                config(),
                PublishListener.NONE,
                Infrastructure.getDefaultWorkerPool());
        opened.addFirst(fleet);
        await().atMost(SOON).until(() -> fleet.vms().isComplete());
    }

    private ShareAgent agent() {
        MountsConfig config = config();
        var worker = Infrastructure.getDefaultWorkerPool();
        ShareAgent agent = new ShareAgent(
                config,
                connection("agent-vm-1"),
                new DirectoryApplier(config.stateDir(), ShareRules.of(config), worker),
                worker);
        agent.start();
        opened.addFirst(() -> agent.stop().await().atMost(SOON));
        await().atMost(SOON).until(() -> agent.mode() == DeliveryMode.JETSTREAM);
        return agent;
    }

    private void publish(String id) {
        FleetRig.get(new SharePublisher(connection("publisher"), config(), List.of()).publish("vm-1", share(id)));
    }

    private ShareMount share(String id) {
        String json = """
                {"id": "%s", "mount_point": "%s/shares/%s", "cubefs": {"volume": "v", "masters": ["h:1"], "owner": "o"}}""".formatted(id, directory, id);
        return ShareMessages.parse(json.getBytes(StandardCharsets.UTF_8), ShareRules.of(config()));
    }

    private NatsConnection connection(String user) {
        NatsConnection connection = new NatsConnection(
                Configs.of(
                        NatsConfig.class,
                        Map.of(
                                "heddle.nats.servers",
                                server.url(),
                                "heddle.nats.user",
                                user,
                                "heddle.nats.password",
                                "p",
                                "heddle.nats.inbox-prefix",
                                "_INBOX_" + user + ".")),
                null);
        connection.start();
        opened.addFirst(connection);
        await().atMost(SOON).until(() -> connection.state().isConnected());
        return connection;
    }

    private MountsConfig config() {
        return Configs.of(
                MountsConfig.class,
                Map.of(
                        "heddle.mounts.vm-ids", "vm-1",
                        "heddle.mounts.allowed-roots", directory + "/shares",
                        "heddle.mounts.state-dir", directory + "/state"));
    }

    private String serverLog() throws IOException {
        return Files.readString(server.directory().resolve("server.log"));
    }
}
