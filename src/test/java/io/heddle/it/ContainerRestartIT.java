package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.mount.ShareStream;
import io.heddle.testsupport.CubeFsStub;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.OpenFile;
import io.heddle.testsupport.PackagedService;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged agent as Kubernetes runs it: first of its own process namespace, which takes every client along when it ends, with mounts
 * that reach the node because the node shares the directory above them.
 */
class ContainerRestartIT {

    private static final Duration SOON = Duration.ofSeconds(60);

    private final NatsServer server = NatsServer.create();
    private final CubeFsStub stub = CubeFsStub.create();
    private PackagedService agent;
    private Connection publisher;

    @TempDir
    Path directory;

    @BeforeEach
    void begin() throws Exception {
        server.start();
        publisher = Nats.connect(server.url());
        publisher.jetStreamManagement().addStream(new ShareStream("weft-mounts").configuration());
        CubeFsStub.run("mount", "--bind", node(), node());
        CubeFsStub.run("mount", "--make-shared", node());
        agent = new PackagedService(directory.resolve("agent.log"))
                .through("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "unchanged")
                .set("heddle.nats.servers", server.url())
                .set("heddle.mounts.node-name", "node-7.example")
                .set("heddle.mounts.allowed-roots", node())
                .set("heddle.mounts.state-dir", stub.stateDirectory().toString())
                .set("heddle.mounts.cubefs.command", stub.command())
                .set("heddle.mounts.retry-min-delay", "200ms");
    }

    @AfterEach
    void end() throws Exception {
        agent.close();
        publisher.close();
        server.close();
        assertThat(stub.sleepers()).isEmpty();
        stub.close();
    }

    @Test
    void cleansUpAfterAContainerThatTookItsClientsAlongAndMountsAgain() throws Exception {
        publish("idle");
        publish("in-use");
        agent.start();
        awaitMounted("idle");
        awaitMounted("in-use");
        CubeFsStub.run("sh", "-c", "echo kept > \"$1\"", "sh", mountPoint("in-use") + "/file");

        try (OpenFile workload = new OpenFile(mountPoint("in-use") + "/file")) {
            agent.kill();
            await().atMost(SOON).until(() -> stub.liveClients().isEmpty());
            assertThat(stub.liveMounts()).contains(mountPoint("idle"), mountPoint("in-use")); // dead, and still there
            agent.start();

            awaitServedAgain("idle");
            awaitServedAgain("in-use");
            assertThat(workload).isNotNull();
        }
        assertThat(stub.liveMounts()).containsOnlyOnce(mountPoint("idle")).containsOnlyOnce(mountPoint("in-use"));
        assertThat(stub.liveClients()).hasSize(2);
        assertThat(CubeFsStub.run("cat", mountPoint("in-use") + "/file")).isEqualTo("kept\n"); // on the node
    }

    private void awaitMounted(String id) {
        await().atMost(SOON).until(() -> agent.shareState(id).equals("MOUNTED"));
    }

    private void awaitServedAgain(String id) {
        await().atMost(SOON)
                .until(() -> stub.starts(id).size() == 2 && agent.shareState(id).equals("MOUNTED"));
    }

    private void publish(String id) throws Exception {
        String share = """
                {"id": "%s", "mount_point": "%s", "cubefs": {"volume": "%s", "masters": ["10.9.0.1:17010"], "owner": "team"}}""".formatted(id, mountPoint(id), id);
        publisher.jetStream().publish("weft.mounts.node-7-example", share.getBytes(StandardCharsets.UTF_8));
    }

    /** What Kubernetes calls a hostPath with bidirectional propagation. */
    private String node() {
        return stub.shares().toString();
    }

    private String mountPoint(String id) {
        return stub.shares().resolve(id).toString();
    }
}
