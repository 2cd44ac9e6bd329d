package io.heddle.mount.cubefs;

import static io.heddle.testsupport.CubeFsStub.run;
import static io.heddle.testsupport.CubeFsStub.signal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.heddle.mount.ShareBusyException;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareSignal;
import io.heddle.mount.ShareSignal.Lost;
import io.heddle.mount.ShareSignal.Recovered;
import io.heddle.mount.ShareSignal.Stalled;
import io.heddle.mount.ShareStalledException;
import io.heddle.testsupport.OpenFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CubeFsSupervisionTest {

    private final CubeFsFixture fixture = new CubeFsFixture();

    @AfterEach
    void nothingIsLeft() {
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.stub.sleepers().isEmpty());
        fixture.close();
        assertThat(fixture.stub.liveMounts()).isEmpty();
        assertThat(fixture.stub.liveClients()).isEmpty();
    }

    @Test
    void aKilledClientWithAnOpenFileIsLostAndMountableAgainWithinTwoSeconds() throws IOException {
        // Given
        ShareMount share = fixture.share("killed");
        Files.writeString(fixture.stub.volume("vol-killed").resolve("f"), "12345abcde");
        fixture.mount(share);
        try (OpenFile file = new OpenFile(share.mountPoint() + "/f")) {
            long began = System.nanoTime();

            // When
            signal(fixture.stub.starts("vol-killed").get(0), "KILL");
            awaitSignal(Lost.class);
            fixture.mount(share);

            // Then
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
            System.out.println("killed, lost, and mounted again after " + millis + " ms");
            assertThat(millis).isLessThan(2000);
            assertThat(fixture.signals).containsExactly(new Lost("killed", lostReason()));
            assertThat(lostReason()).contains("signal 9").doesNotContain(CubeFsFixture.SECRET_KEY);
            assertThat(run("cat", share.mountPoint() + "/f")).isEqualTo("12345abcde");
            file.read();
            assertThat(file.answer()).contains("Transport endpoint is not connected");
        }
    }

    @Test
    void theMountPointThatWasMadeForALostShareGoesWithTheShare() {
        // Given
        ShareMount share = fixture.share("made");
        fixture.mount(share);
        signal(fixture.stub.starts("vol-made").get(0), "KILL");
        awaitSignal(Lost.class);
        fixture.mount(share);

        // When
        fixture.unmount(share);

        // Then
        assertThat(Path.of(share.mountPoint())).doesNotExist();
    }

    @Test
    void aClientThatDiesLaterIsLostWithItsLastWords() {
        // Given
        fixture.stub.mode("vol-dies", "die-after 300");

        // When
        fixture.mount(fixture.share("dies"));

        // Then
        awaitSignal(Lost.class);
        assertThat(lostReason()).contains("exited with 1", "giving up after 300 ms");
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.stub.liveMounts().isEmpty());
    }

    @Test
    void anUnmountBySomeoneElseIsALoss() {
        // Given
        ShareMount share = fixture.share("taken");
        fixture.mount(share);

        // When
        run("umount", share.mountPoint());

        // Then
        awaitSignal(Lost.class);
        assertThat(lostReason()).contains("another process unmounted it");
        assertThat(fixture.stub.liveClients()).isEmpty();
    }

    @Test
    void aLazyUnmountBySomeoneElseLeavesNoClientBehind() throws IOException {
        // Given
        ShareMount share = fixture.share("detached");
        Files.writeString(fixture.stub.volume("vol-detached").resolve("f"), "12345abcde");
        fixture.mount(share);
        try (OpenFile file = new OpenFile(share.mountPoint() + "/f")) {
            // When
            run("umount", "-l", share.mountPoint());

            // Then
            awaitSignal(Lost.class);
            assertThat(fixture.stub.liveClients()).isEmpty();
            file.read();
            assertThat(file.answer()).isNotEqualTo("12345");
        }
    }

    @Test
    void aShareThatAForeignMountCoversIsReportedAndNotLost() throws IOException {
        // Given
        ShareMount share = fixture.share("covered");
        Files.writeString(fixture.stub.volume("vol-covered").resolve("f"), "below");
        fixture.mount(share);

        // When
        run("mount", "-t", "tmpfs", "theirs", share.mountPoint());

        // Then
        await().atMost(Duration.ofSeconds(30)).until(() -> !fixture.signals.isEmpty());
        await().during(Duration.ofMillis(800)).until(() -> fixture.signals.size() == 1);
        assertThat(fixture.signals).singleElement().isInstanceOfSatisfying(Stalled.class, stalled -> assertThat(
                        stalled.reason())
                .contains("tmpfs from theirs"));
        assertThatThrownBy(() -> fixture.mount(share)).isInstanceOf(ShareStalledException.class);
        assertThat(fixture.stub.liveMounts()).hasSize(2);
        run("umount", share.mountPoint());
        awaitSignal(Recovered.class);
        assertThat(run("cat", share.mountPoint() + "/f")).isEqualTo("below");
    }

    @Test
    void aStoppedClientIsStalledOnceAndRecoversWithItsOpenFileIntact() throws IOException {
        // Given
        ShareMount share = fixture.share("pausing");
        ShareMount other = fixture.share("other");
        Files.writeString(fixture.stub.volume("vol-pausing").resolve("f"), "12345abcde");
        fixture.mount(share);
        fixture.mount(other);
        long client = fixture.stub.starts("vol-pausing").get(0);
        try (OpenFile file = new OpenFile(share.mountPoint() + "/f")) {
            file.read();
            assertThat(file.answer()).isEqualTo("12345");

            // When
            signal(client, "STOP");
            awaitSignal(Stalled.class);
            file.read();
            await().during(Duration.ofMillis(1500)).until(() -> fixture.signals.size() == 1);
            signal(client, "CONT");

            // Then
            awaitSignal(Recovered.class);
            assertThat(file.answer()).isEqualTo("abcde");
            assertThat(fixture.signals)
                    .containsExactly(
                            new Stalled("pausing", ((Stalled) fixture.signals.get(0)).reason()),
                            new Recovered("pausing"));
            assertThat(fixture.stub.starts("vol-pausing")).hasSize(1);
        }
        fixture.unmount(share);
    }

    @Test
    void aClientThatReadsRequestsAndAnswersNoneIsStalledToo() {
        // Given
        ShareMount share = fixture.share("deaf");
        fixture.mount(share);

        // When
        fixture.stub.mode("vol-deaf", "silent");
        awaitSignal(Stalled.class);
        int helpers = helpersIn(share);
        await().during(Duration.ofMillis(1500)).until(() -> helpersIn(share) <= helpers);
        fixture.stub.mode("vol-deaf", "");

        // Then
        awaitSignal(Recovered.class);
        await().atMost(CubeFsFixture.SOON).until(() -> helpersIn(share) == 0);
    }

    @Test
    void aDeadShareIsNoticedWhileAnotherIsSilent() {
        // Given
        ShareMount silent = fixture.share("silent");
        ShareMount dying = fixture.share("dying");
        fixture.mount(silent);
        fixture.mount(dying);
        fixture.stub.mode("vol-silent", "silent");
        awaitSignal(Stalled.class);

        // When
        signal(fixture.stub.starts("vol-dying").get(0), "KILL");

        // Then
        await().atMost(Duration.ofSeconds(30)).until(() -> fixture.signals.stream()
                .anyMatch(signal -> signal instanceof Lost && signal.id().equals("dying")));
        fixture.stub.mode("vol-silent", "");
    }

    @Test
    void aMountThatIsSilentForTooLongIsTakenDownAndItsUsersAreWoken() throws IOException {
        // Given
        fixture.set("hang-timeout", "1500ms");
        fixture.restart();
        ShareMount share = fixture.share("hangs");
        Files.writeString(fixture.stub.volume("vol-hangs").resolve("f"), "12345abcde");
        fixture.mount(share);
        try (OpenFile file = new OpenFile(share.mountPoint() + "/f")) {
            fixture.stub.mode("vol-hangs", "silent");
            file.read();
            awaitSignal(Stalled.class);
            assertThatThrownBy(() -> fixture.unmount(share)).isInstanceOf(ShareBusyException.class);

            // When
            awaitSignal(Lost.class);

            // Then
            assertThat(lostReason()).contains("did not answer");
            assertThat(fixture.signals).extracting(Object::getClass).containsExactly(Stalled.class, Lost.class);
            assertThat(file.answer()).contains("Software caused connection abort");
        }
        fixture.stub.mode("vol-hangs", "");
        fixture.mount(share);
        assertThat(run("cat", share.mountPoint() + "/f")).isEqualTo("12345abcde");
        assertThat(fixture.stub.liveClients()).hasSize(1);
    }

    @Test
    void aStoppedClientThatHangsIsKilled() {
        // Given
        fixture.set("hang-timeout", "1s");
        fixture.restart();
        fixture.mount(fixture.share("frozen"));

        // When
        signal(fixture.stub.starts("vol-frozen").get(0), "STOP");

        // Then
        awaitSignal(Lost.class);
        assertThat(fixture.stub.liveClients()).isEmpty();
        assertThat(fixture.stub.liveMounts()).isEmpty();
    }

    @Test
    void theSameSpecOfAStalledShareIsNotCalledMounted() {
        // Given
        ShareMount share = fixture.share("stuck");
        fixture.mount(share);
        signal(fixture.stub.starts("vol-stuck").get(0), "STOP");
        awaitSignal(Stalled.class);

        // When
        assertThatThrownBy(() -> fixture.mount(share))
                // Then
                .isInstanceOf(ShareStalledException.class);
        assertThat(fixture.stub.starts("vol-stuck")).hasSize(1);
        signal(fixture.stub.starts("vol-stuck").get(0), "CONT");
        awaitSignal(Recovered.class);
        fixture.mount(share);
    }

    @Test
    void anOutputThatGrowsIsCutShort() throws IOException {
        // Given
        fixture.set("cubefs.max-log-size", "4M");
        fixture.restart();
        fixture.stub.mode("vol-chatty", "chatty 6000");

        // When
        fixture.mount(fixture.share("chatty"));

        // Then
        var output = fixture.stub.stateDirectory().resolve("cubefs/chatty/log/client/client/output.log");
        await().atMost(CubeFsFixture.SOON).until(() -> Files.size(output) < 1_000_000);
    }

    private void awaitSignal(Class<? extends ShareSignal> type) {
        await().pollInterval(Duration.ofMillis(5)).atMost(CubeFsFixture.SOON).until(() -> fixture.signals.stream()
                .anyMatch(type::isInstance));
    }

    private String lostReason() {
        return fixture.signals.stream()
                .filter(Lost.class::isInstance)
                .map(signal -> ((Lost) signal).reason())
                .findFirst()
                .orElseThrow();
    }

    private static int helpersIn(ShareMount share) {
        return (int) ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.contains("stat -f") && line.contains(share.mountPoint()))
                        .isPresent())
                .count();
    }
}
