package io.heddle.mount.cubefs;

import static io.heddle.testsupport.CubeFsStub.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.Secret;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareSignal;
import io.heddle.mount.ShareSignal.Degraded;
import io.heddle.mount.ShareSignal.Progress;
import io.heddle.mount.cubefs.client.ClientExitedException;
import io.heddle.mount.cubefs.kernel.MountPoints;
import io.heddle.mount.cubefs.kernel.MountProbe;
import io.heddle.mount.cubefs.kernel.Unmounter;
import io.heddle.testsupport.OpenFile;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Faults that were found with the real client: masters and metadata servers that do not answer, late failures. */
class CubeFsClientFaultsTest {

    private final CubeFsFixture fixture = new CubeFsFixture();

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
        assertThat(fixture.stub.liveMounts()).isEmpty();
        assertThat(fixture.stub.liveClients()).isEmpty();
    }

    @Test
    void mastersThatAnswerComeFirstInTheClientsFileAndTheirOrderIsNotPartOfTheSpec() {
        // Given
        fixture.set("cubefs.mount-deadline", "1s");
        fixture.restart();
        fixture.stub.mode("vol-m", "masters 900");
        try (Master silent = new Master(false);
                Master good = new Master(true)) {
            ShareMount share = withMasters(silent.address(), good.address());

            // When
            long began = System.nanoTime();
            fixture.mount(share);

            // Then
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
            assertThat(fixture.stub.masters("vol-m")).isEqualTo(good.address() + "," + silent.address());
            fixture.restart();
            fixture.mount(share);
            assertThat(fixture.stub.starts("vol-m")).hasSize(1);
        }
    }

    @Test
    void theDeadlineGrowsWithTheMastersAndTheProgressIsVisible() {
        // Given
        fixture.set("cubefs.mount-deadline", "1200ms");
        fixture.restart();
        fixture.stub.mode("vol-m", "slow 2600");
        ShareMount share = withMasters("127.0.0.1:1", "127.0.0.1:2");

        // When
        fixture.mount(share);

        // Then
        assertThat(fixture.stub.masters("vol-m")).isEqualTo("127.0.0.1:1,127.0.0.1:2");
        assertThat(fixture.signals).singleElement().isInstanceOfSatisfying(Progress.class, progress -> assertThat(
                        progress.text())
                .contains("the client has been starting for 2 s")
                .doesNotContain(CubeFsFixture.SECRET_KEY));
    }

    @Test
    void wrongKeysAndLateFailuresAreReportedWithTheReasonFromTheRedirectedOutput() {
        // Given
        fixture.stub.keys("vol-keys", "other", "keys");
        fixture.stub.mode("vol-late", "late 300 parse mount opt from master failed: no valid master");

        // When
        // Then
        assertThatThrownBy(() -> fixture.mount(fixture.share("keys")))
                .isInstanceOf(ClientExitedException.class)
                .hasMessageContaining("check permission failed")
                .hasMessageNotContaining("keyword[");
        assertThatThrownBy(() -> fixture.mount(fixture.share("late"))).hasMessageContaining("no valid master");
        ShareMount noKeys = new ShareMount(
                "none",
                ShareMount.Action.MOUNT,
                ShareMount.CUBEFS,
                fixture.stub.shares().resolve("none").toString(),
                false,
                new CubeFs("vol-keys", List.of("10.0.0.1:17010"), "not-the-owner", Secret.NONE, Secret.NONE, ""));
        fixture.mount(noKeys); // as the real one: neither missing keys nor the owner matter
        assertThat(fixture.stub.liveMounts()).containsExactly(noKeys.mountPoint());
    }

    @Test
    void aShareWhoseBackendIsAwayIsDegradedAndNeverHung() throws IOException {
        // Given
        fixture.set("hang-timeout", "1s");
        fixture.restart();
        ShareMount share = fixture.share("away");
        Files.writeString(fixture.stub.volume("vol-away").resolve("f"), "12345abcde");
        fixture.mount(share);
        try (OpenFile file = new OpenFile(share.mountPoint() + "/f")) {
            // When
            fixture.stub.mode("vol-away", "backend-away");
            file.read();

            // Then
            await().atMost(CubeFsFixture.SOON).until(() -> !fixture.signals.isEmpty());
            assertThat(degraded(0)).contains("a file lookup does not");
            await().during(Duration.ofSeconds(2)).until(() -> fixture.signals.size() == 1);
            assertThat(run("stat", "-f", share.mountPoint())).contains("fuse");
            fixture.stub.mode("vol-away", "");
            assertThat(file.answer()).isEqualTo("12345");
        }
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.signals.size() == 2);
        assertThat(fixture.signals.get(1)).isEqualTo(new Degraded("away", null));
        fixture.stub.mode("vol-away", "backend-error");
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.signals.size() == 3);
        assertThat(degraded(2)).contains("Input/output error");
        assertThat(fixture.stub.starts("vol-away")).hasSize(1);
        fixture.unmount(share);
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.signals.size() == 4);
        assertThat(fixture.signals.get(3)).isEqualTo(new Degraded("away", null));
    }

    @Test
    void aStatfsThatFailsDoesNotMultiplyTheChecks() {
        // Given
        fixture.set("cubefs.probe-interval", "1h");
        fixture.restart();
        List<ShareMount> mounts = List.of(fixture.share("failing"), fixture.share("healthy"));
        mounts.forEach(fixture::mount);
        MountsConfig config = fixture.config();
        PreviousRun run = new PreviousRun(
                config.stateDir(), new ShareUnmount(config, new Unmounter(), new MountPoints(config.allowedRoots())));
        List<MountedShare> shares =
                mounts.stream().map(share -> run.find(share.id()).orElseThrow()).toList();
        fixture.stub.mode("vol-failing", "statfs-error");
        int before = fixture.stub.statfsRequests("vol-healthy");
        Results results = new Results();

        // When
        new ProbeRound(MountProbe.STATFS, Duration.ofSeconds(10), Runnable::run, results).run(shares);

        // Then
        assertThat(fixture.stub.statfsRequests("vol-healthy") - before).isEqualTo(1);
        assertThat(results.bad).isEmpty();
    }

    @Test
    void aNewMountWhoseStatfsFailsIsCheckedLessAndLessOften() {
        // Given
        fixture.set("cubefs.mount-deadline", "3s");
        fixture.restart();
        fixture.stub.mode("vol-failing", "statfs-error");

        // When
        assertThatThrownBy(() -> fixture.mount(fixture.share("failing"))).isInstanceOf(MountSilentException.class);

        // Then
        assertThat(fixture.stub.statfsRequests("vol-failing")).isBetween(3, 10);
    }

    @Test
    void manyWaitingMountsReadTheMountTableAsOftenAsOneDoes() {
        // Given
        List<ShareMount> shares =
                IntStream.range(0, 20).mapToObj(i -> fixture.share("wait-" + i)).toList();
        shares.forEach(share -> fixture.stub.mode("vol-" + share.id(), "never"));
        int before = fixture.tableReads.get();

        // When
        List<UniAssertSubscriber<Void>> mounts = shares.stream()
                .map(share ->
                        fixture.applier().mount(share).subscribe().withSubscriber(UniAssertSubscriber.<Void>create()))
                .toList();
        await().atMost(CubeFsFixture.SOON)
                .until(() -> fixture.stub.liveClients().size() == 20);
        await().pollDelay(Duration.ofSeconds(2)).until(() -> true);

        // Then (one share reads 250 times in its first 4 s)
        int reads = fixture.tableReads.get() - before;
        System.out.println("20 waiting mounts read the mount table " + reads + " times");
        assertThat(reads).isLessThan(1500);
        mounts.forEach(UniAssertSubscriber::cancel);
        await().atMost(CubeFsFixture.SOON)
                .until(() -> fixture.stub.liveClients().isEmpty());
    }

    @Test
    void theLogsOfAClientAreBoundedAndMeasured() {
        // Given
        fixture.set("cubefs.max-log-size", "1M");
        fixture.restart();
        fixture.stub.mode("vol-logs", "logs 800");
        ShareMount share = fixture.share("logs");

        // When
        fixture.mount(share);

        // Then (the rotated log is deleted, one of the two others is emptied)
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.applier().logBytes() > 0);
        Path logs = logDirectory("logs");
        assertThat(logs.resolve("client/vol-logs/vol-logs_warn.log.20260101000000.old"))
                .doesNotExist();
        assertThat(logs.resolve("client/client/audit.log")).doesNotExist();
        assertThat(fixture.applier().logBytes()).isBetween(800 * 1024L, 1024 * 1024L);
        fixture.unmount(share);
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.applier().logBytes() == 0);
    }

    @Test
    void nothingIsLeftOfTheLogsOfEarlierStarts() throws IOException {
        // Given
        fixture.stub.mode("vol-again", "late 0 no valid master");
        assertThatThrownBy(() -> fixture.mount(fixture.share("again"))).hasMessageContaining("no valid master");
        Path earlier = Files.writeString(logDirectory("again").resolve("client/vol-again/earlier.log"), "earlier");
        fixture.stub.mode("vol-gone", "late 0 no valid master");
        assertThatThrownBy(() -> fixture.mount(fixture.share("gone"))).hasMessageContaining("no valid master");

        // When
        fixture.stub.mode("vol-again", "");
        fixture.mount(fixture.share("again"));
        fixture.restart();

        // Then
        assertThat(earlier).doesNotExist();
        assertThat(logDirectory("gone")).doesNotExist();
        assertThat(logDirectory("again").resolve("client/client/output.log")).exists();
    }

    /** Collects the checks that got no answer, or the answer that the mount is dead. */
    private static final class Results implements ProbeRound.Listener {

        private final List<String> bad = new CopyOnWriteArrayList<>();

        @Override
        public void answered(MountedShare share) {}

        @Override
        public void failed(MountedShare share, String error) {}

        @Override
        public void silent(MountedShare share, long sinceNanos) {
            bad.add(share.id());
        }

        @Override
        public void dead(MountedShare share) {
            bad.add(share.id());
        }
    }

    private Path logDirectory(String id) {
        return fixture.stub.stateDirectory().resolve("cubefs").resolve(id).resolve("log");
    }

    private String degraded(int index) {
        ShareSignal signal = fixture.signals.get(index);
        assertThat(signal).isInstanceOf(Degraded.class);
        return String.valueOf(((Degraded) signal).reason());
    }

    private ShareMount withMasters(String... masters) {
        String mountPoint = fixture.stub.shares().resolve("m").toString();
        return CubeFsFixture.share("m", mountPoint, "vol-m", "", false, List.of(masters));
    }

    /** A master that accepts connections, as the kernel of a suspended one does; it answers them or does not. */
    private static final class Master implements AutoCloseable {

        private final ServerSocket server;

        Master(boolean answers) {
            try {
                server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Thread thread = new Thread(() -> {
                while (answers && !server.isClosed()) {
                    answer();
                }
            });
            thread.setDaemon(true);
            thread.start();
        }

        private void answer() {
            try (Socket client = server.accept()) {
                if (client.getInputStream().read() >= 0) {
                    client.getOutputStream().write("HTTP/1.0 404 \r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                }
            } catch (IOException e) {
                // The server is closed, or the client does not wait for the answer.
            }
        }

        String address() {
            return "127.0.0.1:" + server.getLocalPort();
        }

        @Override
        public void close() {
            try {
                server.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
