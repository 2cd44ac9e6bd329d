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
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged agent, a real broker and real FUSE mounts: what an operator lives through. */
class PackagedAgentIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String SECRET = "SK-never-to-be-seen-7731";

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
        agent = new PackagedService(directory.resolve("agent.log"))
                .set("heddle.nats.servers", server.url())
                .set("heddle.mounts.vm-ids", "vm-1")
                .set("heddle.mounts.engine", "cfs-client")
                .set("heddle.mounts.allowed-roots", stub.shares().toString())
                .set("heddle.mounts.state-dir", stub.stateDirectory().toString())
                .set("heddle.mounts.retry-min-delay", "200ms")
                .environment("PATH", Path.of(stub.command()).getParent() + ":" + System.getenv("PATH"));
    }

    @AfterEach
    void end() throws Exception {
        agent.close();
        publisher.close();
        server.close();
        assertThat(stub.sleepers()).isEmpty();
        stub.close();
        assertThat(agent.output()).doesNotContain(SECRET);
    }

    @Test
    void mountsEveryShareThatWasPublishedBeforeItStarted() throws Exception {
        publish("one");
        publish("two");

        long began = System.nanoTime();
        agent.start();
        await().atMost(SOON)
                .until(() ->
                        agent.get("/q/health/ready").path("status").asText().equals("UP"));
        System.out.printf("start -> ready: %.2f s%n", (System.nanoTime() - began) / 1e9);

        awaitState("one", "MOUNTED");
        awaitState("two", "MOUNTED");
        assertThat(stub.liveMounts()).containsExactlyInAnyOrder(mountPoint("one"), mountPoint("two"));
        agent.stop();
        assertThat(stub.liveMounts()).isEmpty();
        assertThat(stub.liveClients()).isEmpty();
    }

    @Test
    void mountsAgainWhenTheClientIsKilledAlsoWithAFileOpen() throws Exception {
        publish("one");
        agent.start();
        awaitState("one", "MOUNTED");
        CubeFsStub.run("sh", "-c", "echo hello > \"$1\"", "sh", mountPoint("one") + "/file");

        CubeFsStub.signal(client("one"), "KILL");
        awaitServed("one", 2);

        try (OpenFile open = new OpenFile(mountPoint("one") + "/file")) {
            CubeFsStub.signal(client("one"), "KILL");
            awaitServed("one", 3);
            assertThat(open).isNotNull();
        }
        assertThat(CubeFsStub.run("cat", mountPoint("one") + "/file")).contains("hello");
        assertThat(stub.liveMounts()).hasSize(1);
    }

    @Test
    void leavesASilentClientAloneUntilItAnswersAgain() throws Exception {
        publish("one");
        agent.start();
        awaitState("one", "MOUNTED");
        CubeFsStub.run("sh", "-c", "printf helloworld > \"$1\"", "sh", mountPoint("one") + "/file");
        long client = client("one");

        try (OpenFile open = new OpenFile(mountPoint("one") + "/file")) {
            CubeFsStub.signal(client, "STOP");
            awaitState("one", "STALLED");
            CubeFsStub.signal(client, "CONT");
            awaitState("one", "MOUNTED");

            open.read();
            assertThat(open.answer()).isEqualTo("hello");
        }
        assertThat(stub.starts("one")).containsExactly(client);
    }

    @Test
    void adoptsItsMountsAfterItWasKilled() throws Exception {
        publish("one");
        publish("two");
        agent.start();
        awaitState("one", "MOUNTED");
        awaitState("two", "MOUNTED");
        long survivor = client("one");

        agent.kill();
        CubeFsStub.signal(client("two"), "KILL"); // and one client dies while nobody watches
        agent.start();

        awaitState("one", "MOUNTED");
        awaitState("two", "MOUNTED");
        assertThat(stub.liveMounts()).containsExactlyInAnyOrder(mountPoint("one"), mountPoint("two"));
        assertThat(stub.starts("one")).containsExactly(survivor);
        assertThat(stub.starts("two")).hasSize(2);
        assertThat(stub.liveClients()).hasSize(2);
    }

    @Test
    void keepsServingABusyShareAndReleasesItLater() throws Exception {
        publish("one");
        agent.start();
        awaitState("one", "MOUNTED");
        CubeFsStub.run("sh", "-c", "printf helloworld > \"$1\"", "sh", mountPoint("one") + "/file");

        try (OpenFile open = new OpenFile(mountPoint("one") + "/file")) {
            publishRaw("{\"id\":\"one\",\"action\":\"unmount\",\"mount_point\":\"" + mountPoint("one") + "\"}");
            awaitState("one", "BUSY");
            open.read();
            assertThat(open.answer()).isEqualTo("hello");
        }

        awaitState("one", "UNMOUNTED");
        assertThat(stub.liveMounts()).isEmpty();
        assertThat(stub.liveClients()).isEmpty();
    }

    @Test
    void goesOnWhenTheStreamIsMadeAnew() throws Exception {
        publish("one");
        agent.start();
        awaitState("one", "MOUNTED");

        publisher.jetStreamManagement().deleteStream("weft-mounts");
        publisher.jetStreamManagement().addStream(new ShareStream("weft-mounts").configuration());
        publish("two");

        awaitState("two", "MOUNTED");
        assertThat(agent.shareState("one")).isEqualTo("MOUNTED");
        assertThat(stub.starts("one")).hasSize(1);
    }

    @Test
    void remembersItsSharesWhileTheBrokerIsAway() throws Exception {
        publish("one");
        agent.start();
        awaitState("one", "MOUNTED");
        agent.stop();
        assertThat(stub.liveMounts()).isEmpty();
        publisher.close();
        server.stop();

        agent.start();

        awaitState("one", "MOUNTED");
        assertThat(agent.get("/q/health/ready").path("status").asText()).isEqualTo("DOWN");
    }

    @Test
    void movesBetweenCoreNatsAndJetStream() throws Exception {
        publisher.close();
        server.stop();
        server.jetStream(false).start();
        publisher = Nats.connect(server.url());
        agent.start();
        await().atMost(SOON)
                .until(() -> agent.get("/api/v1/mounts").path("mode").asText().equals("core"));
        assertThat(agent.output()).contains("HDL0206");
        assertThat(agent.text("/q/health/ready")).contains("\"delivery_mode\": \"core\"");

        publisher.publish("weft.mounts.vm-1", share("one").getBytes(StandardCharsets.UTF_8));
        publisher.flush(Duration.ofSeconds(2));
        awaitState("one", "MOUNTED");
        publisher.close();
        server.stop();
        server.jetStream(true).start();
        publisher = Nats.connect(server.url());

        await().atMost(SOON)
                .until(() -> agent.get("/api/v1/mounts").path("mode").asText().equals("jetstream"));
        publish("two");
        awaitState("two", "MOUNTED");
        assertThat(agent.shareState("one")).isEqualTo("MOUNTED");
        assertThat(stub.starts("one")).hasSize(1);
    }

    @Test
    void saysWhatIsWrongWithAClientThatFails() throws Exception {
        stub.mode("one", "exit1 no such volume, secret " + SECRET);
        publish("one");
        agent.start();

        awaitState("one", "RETRYING");
        assertThat(agent.share("one").path("error").asText())
                .contains("no such volume")
                .doesNotContain(SECRET);
        stub.mode("one", "");
        awaitState("one", "MOUNTED");
    }

    @Test
    void showsNoSecretAnywhere() throws Exception {
        publish("one");
        agent.start();
        awaitState("one", "MOUNTED");

        for (String path : List.of("/api/v1/mounts", "/q/health", "/q/metrics", "/q/openapi")) {
            assertThat(agent.text(path)).as(path).doesNotContain(SECRET);
        }
        try (Stream<ProcessHandle> processes = ProcessHandle.allProcesses()) {
            assertThat(processes.map(process ->
                            read("/proc/" + process.pid() + "/cmdline") + read("/proc/" + process.pid() + "/environ")))
                    .noneMatch(text -> text.contains(SECRET));
        }
        // What the client writes itself may be readable, so the directory that it lies in must not be.
        try (Stream<Path> files = Files.walk(stub.stateDirectory(), 3)) {
            assertThat(files.map(PackagedAgentIT::permissions))
                    .hasSizeGreaterThan(4)
                    .allMatch(permissions -> permissions.endsWith("------"));
        }
        assertThat(stub.stateDirectory().resolve("cubefs/one/config.json")).doesNotExist();
    }

    @Test
    void refusesToStartWhereTheNetworkCouldPublish() {
        agent.set("quarkus.http.host", "0.0.0.0").start();

        assertThat(agent.exitCode()).isNotZero();
        assertThat(agent.output()).contains("HDL0500").contains("heddle.security.allow-insecure=true");
    }

    private void awaitState(String id, String state) {
        await().atMost(SOON).until(() -> agent.shareState(id), state::equals);
    }

    /** Mounted by the n-th client, within the 5 s that the contract gives. */
    private void awaitServed(String volume, int client) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> stub.starts(volume).size() == client
                        && agent.shareState(volume).equals("MOUNTED"));
    }

    private long client(String volume) {
        List<Long> starts = stub.starts(volume);
        return starts.get(starts.size() - 1);
    }

    private String mountPoint(String id) {
        return stub.shares().resolve(id).toString();
    }

    private String share(String id) {
        return """
                {"id": "%s", "mount_point": "%s", "cubefs": {"volume": "%s", "masters": ["10.9.0.1:17010"],
                 "owner": "team", "access_key": "AK", "secret_key": "%s"}}""".formatted(id, mountPoint(id), id, SECRET);
    }

    private void publish(String id) throws Exception {
        publishRaw(share(id));
    }

    private void publishRaw(String json) throws Exception {
        publisher.jetStream().publish("weft.mounts.vm-1", json.getBytes(StandardCharsets.UTF_8));
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }

    private static String permissions(Path file) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
