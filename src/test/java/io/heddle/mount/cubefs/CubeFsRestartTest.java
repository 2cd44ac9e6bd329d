package io.heddle.mount.cubefs;

import static io.heddle.testsupport.CubeFsStub.run;
import static io.heddle.testsupport.CubeFsStub.signal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.heddle.mount.ShareBusyException;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareSignal.Lost;
import io.heddle.mount.ShareSignal.Recovered;
import io.heddle.mount.ShareSignal.Stalled;
import io.heddle.mount.ShareStalledException;
import io.heddle.mount.backend.SpecDigest;
import io.heddle.mount.cubefs.client.RunDirectory;
import io.heddle.mount.cubefs.client.RunRecord;
import io.heddle.mount.cubefs.kernel.MountPoint;
import io.heddle.mount.cubefs.kernel.MountPoints;
import io.heddle.mount.cubefs.kernel.ProcessTable;
import io.heddle.mount.cubefs.kernel.Unmounter;
import io.heddle.testsupport.OpenFile;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A second applier on the same state directory, as after a restart of the service. */
class CubeFsRestartTest {

    private final CubeFsFixture fixture = new CubeFsFixture();

    @AfterEach
    void nothingIsLeft() {
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.stub.sleepers().isEmpty());
        fixture.close();
        assertThat(fixture.stub.liveMounts()).isEmpty();
        assertThat(fixture.stub.liveClients()).isEmpty();
    }

    @Test
    void adoptsWhatMatchesAndTouchesNoProcess() throws IOException {
        // Given
        ShareMount share = fixture.share("kept");
        Files.writeString(fixture.stub.volume("vol-kept").resolve("f"), "12345abcde");
        fixture.mount(share);
        try (OpenFile file = new OpenFile(share.mountPoint() + "/f")) {
            fixture.restart();

            // When
            fixture.mount(share);

            // Then
            file.read();
            assertThat(file.answer()).isEqualTo("12345");
            assertThat(fixture.stub.starts("vol-kept")).hasSize(1);
            assertThat(fixture.stub.liveMounts()).containsExactly(share.mountPoint());
            assertThat(fixture.applier().recordedIds()).containsExactly("kept");
        }
        fixture.unmount(share);
        assertThat(fixture.stub.liveClients()).isEmpty();
        assertThat(fixture.applier().recordedIds()).isEmpty();
    }

    @Test
    void noticesTheEndOfAnAdoptedClientWithinTwoSeconds() {
        // Given
        ShareMount share = fixture.share("adopted");
        fixture.mount(share);
        fixture.restart();
        fixture.mount(share);

        // When
        signal(fixture.stub.starts("vol-adopted").get(0), "KILL");

        // Then
        await().atMost(Duration.ofSeconds(30)).until(() -> !fixture.signals.isEmpty());
        assertThat(fixture.signals).singleElement().isInstanceOf(Lost.class);
        fixture.mount(share);
        assertThat(fixture.stub.liveMounts()).containsExactly(share.mountPoint());
    }

    @Test
    void cleansWhatDiedMeanwhile() {
        // Given
        ShareMount share = fixture.share("died");
        fixture.mount(share);
        fixture.applier().close();
        signal(fixture.stub.starts("vol-died").get(0), "KILL");
        await().atMost(CubeFsFixture.SOON)
                .until(() -> fixture.stub.liveClients().isEmpty());
        assertThat(fixture.stub.liveMounts()).hasSize(1);
        fixture.restart();

        // When
        fixture.mount(share);

        // Then
        assertThat(fixture.stub.liveMounts()).containsExactly(share.mountPoint());
        assertThat(fixture.stub.starts("vol-died")).hasSize(2);
        assertThat(run("stat", "-f", share.mountPoint())).doesNotContain("not connected");
    }

    @Test
    void removesAMountPointWhoseMakerWasKilledBeforeItWasRecorded() {
        // Given
        ShareMount share = fixture.share("made");
        RunDirectory directory = RunDirectory.of(fixture.stub.stateDirectory(), "made");
        directory.open();
        MountPoint made = new MountPoints(fixture.config().allowedRoots())
                .prepare(share.mountPoint(), directory.mountPointNote());
        assertThat(Path.of(made.path())).exists();
        fixture.restart();

        // When
        fixture.unmount(share);

        // Then
        assertThat(Path.of(made.path())).doesNotExist();
    }

    @Test
    void removesTheMountPointBeforeItForgetsThatItWasMade() throws IOException {
        // Given
        ShareMount share = fixture.share("made");
        fixture.mount(share);
        Path record = fixture.stub.stateDirectory().resolve("cubefs/made/record.json");
        Files.delete(record);
        Files.createDirectories(record.resolve("stays")); // as far as one comes who is killed at the record

        // When
        assertThatThrownBy(() -> fixture.unmount(share)).isInstanceOf(UncheckedIOException.class);

        // Then
        assertThat(Path.of(share.mountPoint())).doesNotExist();
    }

    @Test
    void replacesWhatIsOtherwiseWanted() {
        // Given
        ShareMount old = fixture.share("changed");
        ShareMount fresh = CubeFsFixture.share("changed", old.mountPoint(), "vol-changed", "", true);
        fixture.mount(old);
        fixture.restart();

        // When
        fixture.mount(fresh);

        // Then
        assertThat(fixture.stub.starts("vol-changed")).hasSize(2);
        assertThat(fixture.stub.liveClients()).hasSize(1);
        assertThat(run("touch", fresh.mountPoint() + "/f")).contains("Read-only");
    }

    @Test
    void doesNotReplaceWhatIsBusy() throws IOException {
        // Given
        ShareMount old = fixture.share("busy");
        ShareMount fresh = CubeFsFixture.share("busy", old.mountPoint(), "vol-busy", "", true);
        Files.writeString(fixture.stub.volume("vol-busy").resolve("f"), "12345abcde");
        fixture.mount(old);
        try (OpenFile file = new OpenFile(old.mountPoint() + "/f")) {
            fixture.restart();

            // When
            assertThatThrownBy(() -> fixture.mount(fresh))
                    // Then
                    .isInstanceOf(ShareBusyException.class);
            file.read();
            assertThat(file.answer()).isEqualTo("12345");
        }
        fixture.mount(fresh);
        assertThat(fixture.stub.liveClients()).hasSize(1);
    }

    @Test
    void unmountsByIdWhatAnEarlierRunMounted() {
        // Given
        fixture.mount(fixture.share("earlier"));
        fixture.restart();

        // When
        CubeFsFixture.await(fixture.applier().unmount(ShareMount.unmount("earlier", "")));

        // Then
        assertThat(fixture.stub.liveMounts()).isEmpty();
        assertThat(fixture.stub.liveClients()).isEmpty();
    }

    @Test
    void leavesASilentMountToItsHangTimeout() {
        // Given
        ShareMount share = fixture.share("silent");
        fixture.mount(share);
        long client = fixture.stub.starts("vol-silent").get(0);
        signal(client, "STOP");
        fixture.restart();

        // When
        assertThatThrownBy(() -> fixture.mount(share)).isInstanceOf(ShareStalledException.class);
        signal(client, "CONT");

        // Then
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.signals.stream().anyMatch(Recovered.class::isInstance));
        assertThat(fixture.signals.get(0)).isInstanceOf(Stalled.class);
        fixture.mount(share);
        assertThat(fixture.stub.starts("vol-silent")).hasSize(1);
    }

    @Test
    void endsAClientThatWasStillStarting() throws IOException {
        // Given
        ShareMount share = fixture.share("starting");
        fixture.stub.mode("vol-starting", "never");
        UniAssertSubscriber<Void> given =
                fixture.applier().mount(share).subscribe().withSubscriber(UniAssertSubscriber.create());
        await().atMost(CubeFsFixture.SOON)
                .until(() -> fixture.stub.starts("vol-starting").size() == 1);
        Path record = fixture.stub.stateDirectory().resolve("cubefs/starting/record.json");
        RunRecord written = RunRecord.fromJson(Files.readAllBytes(record));
        Path frozen = Files.copy(record, record.resolveSibling("kept"));
        fixture.stub.mode("vol-starting", "");

        // When (as if we had been killed between the start of the client and the writing of its pid)
        PreviousRun earlier = new PreviousRun(fixture.stub.stateDirectory(), shareUnmount());
        RunDirectory.of(fixture.stub.stateDirectory(), "starting")
                .write(new RunRecord(written.digest(), written.volume(), written.place(), written.bootId(), 0, 0));
        assertThat(earlier.find("starting")).isEmpty();

        // Then
        assertThat(fixture.stub.liveClients()).isEmpty();
        assertThat(frozen).doesNotExist();
        given.awaitFailure();
    }

    @Test
    void doesNotKillAnotherProgramThatHasAClientsConfigurationOpen() throws IOException {
        // Given
        ShareMount share = fixture.share("edited");
        RunDirectory directory = RunDirectory.of(fixture.stub.stateDirectory(), "edited");
        directory.open();
        directory.write(new RunRecord(
                SpecDigest.of(share), "vol-edited", new MountPoint(share.mountPoint(), false), "another-boot", 0, 0));
        Path config = directory.writeConfig(new byte[] {'{'});
        Process editor = new ProcessBuilder("tail", "-f", config.toString()).start();
        Process similar = new ProcessBuilder("sh", "-c", "sleep 60; :", "-f", "-c", config.toString()).start();

        // When
        fixture.mount(share);

        // Then
        assertThat(editor.isAlive()).isTrue();
        assertThat(similar.isAlive()).isTrue();
        editor.destroyForcibly();
        similar.descendants().forEach(ProcessHandle::destroyForcibly);
        similar.destroyForcibly();
    }

    @Test
    void forgetsRecordsOfAnotherBoot() throws IOException {
        // Given
        ShareMount share = fixture.share("rebooted");
        fixture.mount(share);
        fixture.unmount(share);
        RunDirectory directory = RunDirectory.of(fixture.stub.stateDirectory(), "rebooted");
        directory.open();
        long us = ProcessHandle.current().pid();
        directory.write(new RunRecord(
                SpecDigest.of(share),
                "vol-rebooted",
                new MountPoint(share.mountPoint(), true),
                "another-boot",
                us,
                ProcessTable.startTicks(us).orElseThrow()));
        fixture.restart();

        // When
        fixture.mount(share);

        // Then
        assertThat(fixture.stub.starts("vol-rebooted")).hasSize(2);
        assertThat(fixture.stub.liveMounts()).containsExactly(share.mountPoint());
    }

    @Test
    void aBrokenRecordIsAsNone() throws IOException {
        // Given
        Path record = fixture.stub.stateDirectory().resolve("cubefs/broken/record.json");
        Files.createDirectories(record.getParent());
        Files.writeString(record, "{\"pid\": 1");
        Files.writeString(record.resolveSibling("config-0.json"), CubeFsFixture.SECRET_KEY);
        fixture.restart();
        assertThat(record.resolveSibling("config-0.json")).doesNotExist();

        // When
        fixture.mount(fixture.share("broken"));

        // Then
        assertThat(fixture.stub.liveMounts()).hasSize(1);
    }

    @Test
    void aLiveMountWithoutARecordIsForeignAndADeadOneIsCleared() throws IOException {
        // Given
        ShareMount share = fixture.share("lost-state");
        fixture.mount(share);
        fixture.applier().close();
        run("rm", "-r", fixture.stub.stateDirectory().resolve("cubefs").toString());
        fixture.restart();
        assertThatThrownBy(() -> fixture.mount(share)).isInstanceOf(ShareRefusedException.class);
        assertThat(fixture.stub.liveClients()).hasSize(1);
        signal(fixture.stub.starts("vol-lost-state").get(0), "KILL");
        await().atMost(CubeFsFixture.SOON)
                .until(() -> fixture.stub.liveClients().isEmpty());

        // When
        fixture.mount(share);

        // Then
        assertThat(fixture.stub.liveMounts()).containsExactly(share.mountPoint());
        assertThat(fixture.stub.liveClients()).hasSize(1);
    }

    private ShareUnmount shareUnmount() {
        return new ShareUnmount(
                fixture.config(),
                new Unmounter(),
                new MountPoints(fixture.config().allowedRoots()));
    }
}
