package io.heddle.mount.cubefs;

import static io.heddle.testsupport.CubeFsStub.run;
import static io.heddle.testsupport.CubeFsStub.signal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.heddle.mount.ShareBusyException;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareSignal;
import io.heddle.mount.cubefs.kernel.Unmounter;
import io.heddle.testsupport.OpenFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CubeFsUnmountTest {

    /** Keeps the open file in the queue of a socket, and writes to it when told to go on. */
    private static final String POD = """
            import os, socket, sys
            file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
            os.write(file, b"before, ")
            one, other = socket.socketpair()
            socket.send_fds(one, [b"f"], [file])
            os.close(file)
            print("open", flush=True)
            sys.stdin.readline()
            file = socket.recv_fds(other, 1, 1)[1][0]
            os.write(file, b"after")
            os.close(file)
            print("written", flush=True)
            """;

    private final CubeFsFixture fixture = new CubeFsFixture();

    @AfterEach
    void nothingIsLeft() {
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.stub.sleepers().isEmpty());
        fixture.close();
        assertThat(fixture.stub.liveMounts()).isEmpty();
        assertThat(fixture.stub.liveClients()).isEmpty();
    }

    @Test
    void leavesNoMountNoClientNoFileAndNoDirectory() {
        // Given
        ShareMount share = fixture.share("gone");
        fixture.mount(share);

        // When
        fixture.unmount(share);

        // Then
        assertThat(fixture.stub.liveMounts()).isEmpty();
        assertThat(fixture.stub.liveClients()).isEmpty();
        assertThat(Path.of(share.mountPoint())).doesNotExist();
        assertThat(fixture.stub.stateDirectory().resolve("cubefs/gone")).doesNotExist();
        assertThat(fixture.signals).isEmpty();
    }

    @Test
    void keepsAMountPointThatItDidNotMake() throws IOException {
        // Given
        ShareMount share = fixture.share("kept");
        Files.createDirectories(Path.of(share.mountPoint()));
        fixture.mount(share);

        // When
        fixture.unmount(share);

        // Then
        assertThat(Path.of(share.mountPoint())).isEmptyDirectory();
    }

    @Test
    void needsTheIdOnly() {
        // Given
        ShareMount share = fixture.share("by-id");
        fixture.mount(share);

        // When
        CubeFsFixture.await(fixture.applier().unmount(ShareMount.unmount("by-id", "")));

        // Then
        assertThat(fixture.stub.liveMounts()).isEmpty();
        assertThat(fixture.stub.liveClients()).isEmpty();
    }

    @Test
    void anUnknownIdIsASuccess() {
        // Given
        ShareMount share = fixture.share("never");

        // When
        fixture.unmount(share);

        // Then
        assertThat(fixture.stub.starts("vol-never")).isEmpty();
    }

    @Test
    void anotherShareAtTheMountPointOfAnUnknownIdStays() {
        // Given
        ShareMount share = fixture.share("stays");
        fixture.mount(share);

        // When
        CubeFsFixture.await(fixture.applier().unmount(ShareMount.unmount("unknown", share.mountPoint())));

        // Then
        assertThat(fixture.stub.liveMounts()).containsExactly(share.mountPoint());
    }

    @Test
    void aBusyShareIsServedOnAndNamesWhoIsInTheWay() throws IOException {
        // Given
        ShareMount share = fixture.share("busy");
        Files.writeString(fixture.stub.volume("vol-busy").resolve("f"), "12345abcde");
        fixture.mount(share);
        try (OpenFile file = new OpenFile(share.mountPoint() + "/f")) {
            // When
            assertThatThrownBy(() -> fixture.unmount(share))
                    // Then
                    .isInstanceOf(ShareBusyException.class)
                    .hasMessageContaining("sh (");
            file.read();
            assertThat(file.answer()).isEqualTo("12345");
        }
        assertThat(fixture.stub.starts("vol-busy")).hasSize(1);
        fixture.unmount(share);
        assertThat(fixture.stub.liveMounts()).isEmpty();
    }

    @Test
    void aBusyShareIsNotReplacedByAnotherSpecAndIsStillWatched() throws IOException {
        // Given
        ShareMount old = fixture.share("held");
        ShareMount fresh = CubeFsFixture.share("held", old.mountPoint(), "vol-next", "", false);
        Files.writeString(fixture.stub.volume("vol-held").resolve("f"), "12345abcde");
        fixture.mount(old);
        try (OpenFile file = new OpenFile(old.mountPoint() + "/f")) {
            assertThatThrownBy(() -> fixture.mount(fresh)).isInstanceOf(ShareBusyException.class);
            assertThat(fixture.stub.starts("vol-next")).isEmpty();

            // When
            signal(fixture.stub.starts("vol-held").get(0), "KILL");

            // Then
            await().atMost(CubeFsFixture.SOON).until(() -> !fixture.signals.isEmpty());
            assertThat(fixture.signals).singleElement().isInstanceOf(ShareSignal.Lost.class);
        }
        fixture.mount(fresh);
        assertThat(fixture.stub.liveMounts()).containsExactly(old.mountPoint());
        assertThat(fixture.stub.starts("vol-next")).hasSize(1);
    }

    @Test
    void aClientThatStaysAfterTheUnmountIsEnded() {
        // Given
        fixture.stub.mode("vol-linger", "linger");
        ShareMount share = fixture.share("linger");
        fixture.mount(share);

        // When
        fixture.unmount(share);

        // Then
        assertThat(fixture.stub.liveClients()).isEmpty();
    }

    @Test
    void aStoppedClientIsEndedOnceItsMountIsGone() {
        // Given
        ShareMount share = fixture.share("frozen");
        fixture.mount(share);
        signal(fixture.stub.starts("vol-frozen").get(0), "STOP");

        // When
        fixture.unmount(share);

        // Then
        assertThat(fixture.stub.liveMounts()).isEmpty();
        assertThat(fixture.stub.liveClients()).isEmpty();
    }

    @Test
    void anUnmountThatHangsEndsInAnAbort() throws IOException {
        // Given
        Path hanging = fixture.stub.shares().resolveSibling("fusermount-hangs");
        Files.writeString(
                hanging, "#!/bin/sh\ncase \" $* \" in *\" -z \"*) exec fusermount3 \"$@\";; esac\nexec sleep 600\n");
        Files.setPosixFilePermissions(hanging, PosixFilePermissions.fromString("rwxr-xr-x"));
        fixture.set("cubefs.unmount-timeout", "700ms");
        fixture.restart(new Unmounter(List.of(hanging.toString())));
        ShareMount share = fixture.share("hung");
        Files.writeString(fixture.stub.volume("vol-hung").resolve("f"), "12345abcde");
        fixture.mount(share);
        try (OpenFile file = new OpenFile(share.mountPoint() + "/f")) {
            signal(fixture.stub.starts("vol-hung").get(0), "STOP");
            file.read();
            file.awaitBlocked();

            // When
            fixture.unmount(share);

            // Then
            assertThat(file.answer()).contains("Software caused connection abort");
        }
        assertThat(fixture.stub.liveMounts()).isEmpty();
        assertThat(fixture.stub.liveClients()).isEmpty();
    }

    @Test
    void aStalledShareThatTheKernelCallsBusyIsAbortedAfterHangTimeoutOnly() {
        // Given
        fixture.set("hang-timeout", "2s");
        fixture.restart();
        ShareMount share = fixture.share("mute");
        fixture.mount(share);
        fixture.stub.mode("vol-mute", "silent");
        await().atMost(CubeFsFixture.SOON)
                .until(() -> fixture.signals.stream().anyMatch(ShareSignal.Stalled.class::isInstance));

        // When
        assertThatThrownBy(() -> fixture.unmount(share)).isInstanceOf(ShareBusyException.class);

        // Then
        assertThat(fixture.stub.liveClients()).hasSize(1);
        await().atMost(CubeFsFixture.SOON)
                .until(() -> fixture.signals.stream().anyMatch(ShareSignal.Lost.class::isInstance));
        fixture.unmount(share);
        assertThat(fixture.stub.liveMounts()).isEmpty();
        assertThat(fixture.stub.liveClients()).isEmpty();
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.stub.sleepers().isEmpty());
    }

    /** As a file of a pod: its user is in another pid namespace, and no link in /proc leads to the file. */
    @Test
    void aStalledShareWithAFileThatNoVisibleProcessHasOpenKeepsTheDataWrittenAfterTheClientRecovers()
            throws IOException, InterruptedException {
        // Given
        ShareMount share = fixture.share("pod");
        fixture.mount(share);
        Process pod = new ProcessBuilder("unshare", "--pid", "--fork", "python3", "-c", POD, share.mountPoint() + "/f")
                .redirectErrorStream(true)
                .start();
        assertThat(pod.inputReader().readLine()).isEqualTo("open");
        long client = fixture.stub.starts("vol-pod").get(0);
        signal(client, "STOP");
        await().atMost(CubeFsFixture.SOON)
                .until(() -> fixture.signals.stream().anyMatch(ShareSignal.Stalled.class::isInstance));

        // When
        assertThatThrownBy(() -> fixture.unmount(share))
                .isInstanceOf(ShareBusyException.class)
                .hasMessageNotContaining("used by");
        pod.outputWriter().append("go on\n").flush();
        signal(client, "CONT");

        // Then
        assertThat(pod.inputReader().readLine()).isEqualTo("written");
        assertThat(run("cat", share.mountPoint() + "/f")).isEqualTo("before, after");
        assertThat(Files.readString(fixture.stub.volume("vol-pod").resolve("f")))
                .isEqualTo("before, after");
        assertThat(pod.waitFor()).isZero();
        await().atMost(CubeFsFixture.SOON)
                .ignoreExceptionsInstanceOf(ShareBusyException.class)
                .until(() -> {
                    fixture.unmount(share);
                    return fixture.stub.liveMounts().isEmpty();
                });
        assertThat(fixture.stub.starts("vol-pod")).hasSize(1);
    }

    @Test
    void worksWithPlainUmountToo() {
        // Given
        fixture.restart(new Unmounter(List.of("fusermount-of-nowhere", "umount")));
        ShareMount share = fixture.share("plain");
        fixture.mount(share);
        try (OpenDirectory directory = new OpenDirectory(share.mountPoint())) {
            assertThatThrownBy(() -> fixture.unmount(share)).isInstanceOf(ShareBusyException.class);
        }

        // When
        fixture.unmount(share);

        // Then
        assertThat(fixture.stub.liveMounts()).isEmpty();
    }

    @Test
    void aForeignMountOnTopIsNotTakenAway() {
        // Given
        ShareMount share = fixture.share("below");
        fixture.mount(share);
        run("mount", "-t", "tmpfs", "theirs", share.mountPoint());

        // When
        assertThatThrownBy(() -> fixture.unmount(share))
                // Then
                .hasMessageContaining("covers");
        assertThat(fixture.stub.liveMounts()).hasSize(2);
        run("umount", share.mountPoint());
    }
}
