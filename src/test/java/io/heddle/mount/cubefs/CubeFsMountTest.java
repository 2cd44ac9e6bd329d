package io.heddle.mount.cubefs;

import static io.heddle.testsupport.CubeFsStub.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.cubefs.client.ClientExitedException;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CubeFsMountTest {

    private final CubeFsFixture fixture = new CubeFsFixture();

    @AfterEach
    void nothingIsLeft() {
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.stub.sleepers().isEmpty());
        fixture.close();
        assertThat(fixture.stub.liveMounts()).isEmpty();
        assertThat(fixture.stub.liveClients()).isEmpty();
    }

    @Test
    void mountsAVolumeAndPassesDataThrough() throws IOException {
        // Given
        ShareMount share = fixture.share("data");

        // When
        fixture.mount(share);

        // Then
        run("sh", "-c", "echo hello > '" + share.mountPoint() + "/greeting'");
        assertThat(Files.readString(fixture.stub.volume("vol-data").resolve("greeting")))
                .isEqualTo("hello\n");
        assertThat(fixture.stub.liveMounts()).containsExactly(share.mountPoint());
    }

    @Test
    void mountsASubdirectoryReadOnlyOnAPathWithSpaces() throws IOException {
        // Given
        Files.writeString(
                Files.createDirectories(fixture.stub.volume("v").resolve("a/b")).resolve("f"), "inside");
        String mountPoint = fixture.stub.shares().resolve("class 7/my  files").toString();
        ShareMount share = CubeFsFixture.share("spaced", mountPoint, "v", "a/b", true);

        // When
        fixture.mount(share);

        // Then
        assertThat(run("cat", mountPoint + "/f")).isEqualTo("inside");
        assertThat(run("touch", mountPoint + "/g")).contains("Read-only file system");
        assertThat(fixture.stub.liveMounts()).containsExactly(mountPoint);
    }

    @Test
    void theSameSpecAgainTouchesNoProcess() {
        // Given
        ShareMount share = fixture.share("same");
        fixture.mount(share);

        // When
        fixture.mount(share);

        // Then
        assertThat(fixture.stub.starts("vol-same")).hasSize(1);
        assertThat(fixture.stub.liveMounts()).containsExactly(share.mountPoint());
    }

    @Test
    void anotherSpecOfTheSameIdReplacesTheMount() {
        // Given
        ShareMount old = fixture.share("moves");
        ShareMount fresh = CubeFsFixture.share(
                "moves", fixture.stub.shares().resolve("elsewhere").toString(), "vol-other", "", false);
        fixture.mount(old);

        // When
        fixture.mount(fresh);

        // Then
        assertThat(fixture.stub.liveMounts()).containsExactly(fresh.mountPoint());
        assertThat(fixture.stub.liveClients())
                .extracting(ProcessHandle::pid)
                .containsExactlyElementsOf(fixture.stub.starts("vol-other"));
        assertThat(Path.of(old.mountPoint())).doesNotExist();
    }

    @Test
    void aClientThatExitsAtOnceIsSeenWithin50MillisecondsWithItsLastWords() {
        // Given
        fixture.stub.mode("vol-fails", "exit1 volume not found");
        ShareMount share = fixture.share("fails");
        List<Long> millis = new ArrayList<>();

        // When
        for (int attempt = 0; attempt < 5; attempt++) {
            Throwable failure = catchThrowable(() -> fixture.mount(share));
            Instant ended = fixture.stub.ends("vol-fails").get(attempt);
            millis.add(Duration.between(ended, Instant.now()).toMillis());
            assertThat(failure)
                    .isInstanceOf(ClientExitedException.class)
                    .hasMessageContaining("exited with 1")
                    .hasMessageContaining("volume not found")
                    .hasMessageNotContaining("keyword[");
        }

        // Then
        System.out.println("exit 1 was reported after (ms): " + millis);
        assertThat(Collections.min(millis)).isLessThan(50);
        assertThat(fixture.stub.liveMounts()).isEmpty();
        assertThat(Path.of(share.mountPoint())).doesNotExist();
    }

    @Test
    void aCommandThatIsNotThereIsAnErrorThatNamesIt() {
        // Given
        try (CubeFsFixture broken = new CubeFsFixture("cubefs.command", "/nowhere/cfs-client")) {
            // When
            // Then
            assertThatThrownBy(() -> broken.mount(broken.share("any")))
                    .isInstanceOf(ClientExitedException.class)
                    .hasMessageContaining("/nowhere/cfs-client");
        }
    }

    @Test
    void aSlowClientIsWaitedFor() {
        // Given
        fixture.stub.mode("vol-slow", "slow 700");

        // When
        fixture.mount(fixture.share("slow"));

        // Then
        assertThat(fixture.stub.liveMounts()).hasSize(1);
    }

    @Test
    void aMountThatShowsButDoesNotAnswerIsNotMountedUntilItAnswers() {
        // Given
        fixture.stub.mode("vol-mute", "silent");
        ShareMount share = fixture.share("mute");

        // When
        UniAssertSubscriber<Void> result =
                fixture.applier().mount(share).subscribe().withSubscriber(UniAssertSubscriber.create());

        // Then
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.stub.liveMounts().size() == 1);
        await().during(Duration.ofMillis(300)).until(() -> result.getItem() == null && notDone(result));
        fixture.stub.mode("vol-mute", "");
        result.awaitItem();
    }

    @Test
    void aMountThatNeverAnswersIsGivenUpAtTheDeadline() {
        // Given
        try (CubeFsFixture hasty = new CubeFsFixture("cubefs.mount-deadline", "600ms")) {
            hasty.stub.mode("vol-mute", "silent");

            // When
            // Then
            assertThatThrownBy(() -> hasty.mount(hasty.share("mute")))
                    .isInstanceOf(MountSilentException.class)
                    .hasMessageContaining("600 ms");
            assertThat(hasty.stub.liveMounts()).isEmpty();
            assertThat(hasty.stub.liveClients()).isEmpty();
            await().atMost(CubeFsFixture.SOON).until(() -> hasty.stub.sleepers().isEmpty());
        }
    }

    @Test
    void aCancelledMountEndsItsClientBeforeTheNextCallBegins() {
        // Given
        fixture.stub.mode("vol-late", "never");
        ShareMount share = fixture.share("late");
        UniAssertSubscriber<Void> first =
                fixture.applier().mount(share).subscribe().withSubscriber(UniAssertSubscriber.create());
        await().atMost(CubeFsFixture.SOON)
                .until(() -> fixture.stub.starts("vol-late").size() == 1);
        fixture.stub.mode("vol-late", "");

        // When
        first.cancel();
        fixture.mount(share);

        // Then
        List<Long> starts = fixture.stub.starts("vol-late");
        assertThat(starts).hasSize(2);
        assertThat(fixture.stub.liveClients()).extracting(ProcessHandle::pid).containsExactly(starts.get(1));
        assertThat(fixture.stub.liveMounts()).containsExactly(share.mountPoint());
    }

    @Test
    void aMountThatIsCancelledBeforeItBeganStartsNothing() {
        // Given
        fixture.stub.mode("vol-one", "slow 300");
        ShareMount share = fixture.share("one");
        UniAssertSubscriber<Void> first =
                fixture.applier().mount(share).subscribe().withSubscriber(UniAssertSubscriber.create());
        UniAssertSubscriber<Void> second = fixture.applier()
                .mount(CubeFsFixture.share("one", share.mountPoint(), "vol-two", "", false))
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());

        // When
        second.cancel();
        first.awaitItem();
        fixture.mount(share);

        // Then
        assertThat(fixture.stub.starts("vol-two")).isEmpty();
        assertThat(fixture.stub.starts("vol-one")).hasSize(1);
    }

    @Test
    void aForeignMountOnTheMountPointIsRefusedAndUntouched() throws IOException {
        // Given
        ShareMount share = fixture.share("taken");
        Files.createDirectories(Path.of(share.mountPoint()));
        run("mount", "-t", "tmpfs", "theirs", share.mountPoint());
        run("touch", share.mountPoint() + "/theirs");

        // When
        // Then
        assertThatThrownBy(() -> fixture.mount(share))
                .isInstanceOfSatisfying(
                        ShareRefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.PLACE_TAKEN))
                .hasMessageContaining("tmpfs");
        fixture.unmount(share);
        assertThat(run("ls", share.mountPoint())).isEqualTo("theirs\n");
        assertThat(fixture.stub.starts("vol-taken")).isEmpty();
    }

    @Test
    void aCubeFsMountOfSomeoneElseIsRefusedToo() throws IOException {
        // Given
        ShareMount theirs = fixture.share("theirs");
        fixture.mount(theirs);
        ShareMount ours = CubeFsFixture.share("ours", theirs.mountPoint(), "vol-theirs", "", false);

        // When
        // Then
        assertThatThrownBy(() -> fixture.mount(ours)).isInstanceOf(ShareRefusedException.class);
        assertThat(fixture.stub.starts("vol-theirs")).hasSize(1);
        assertThat(fixture.stub.liveMounts()).containsExactly(theirs.mountPoint());
    }

    @Test
    void aSymbolicLinkBelowTheRootIsRefused() throws IOException {
        // Given
        Path outside = Files.createDirectories(fixture.stub.stateDirectory().resolve("outside"));
        Files.createSymbolicLink(fixture.stub.shares().resolve("link"), outside);
        ShareMount through = CubeFsFixture.share(
                "through", fixture.stub.shares().resolve("link/below").toString(), "v", "", false);
        ShareMount onto = CubeFsFixture.share(
                "onto", fixture.stub.shares().resolve("link").toString(), "v", "", false);

        // When
        // Then
        for (ShareMount share : List.of(through, onto)) {
            assertThatThrownBy(() -> fixture.mount(share))
                    .isInstanceOfSatisfying(ShareRefusedException.class, e -> assertThat(e.reason())
                            .isEqualTo(Reason.MOUNT_POINT))
                    .hasMessageContaining("symbolic link");
        }
        assertThat(outside).isEmptyDirectory();
        assertThat(fixture.stub.starts("v")).isEmpty();
    }

    @Test
    void aPartOfThePathThatIsReplacedWhileTheClientStartsLeadsTheMountNowhereElse() throws IOException {
        // Given
        Path outside = Files.createDirectories(fixture.stub.stateDirectory().resolveSibling("outside"));
        Files.createDirectories(outside.resolve("inner"));
        Path directory = Files.createDirectories(fixture.stub.shares().resolve("open"));
        fixture.stub.mode("v", "slow 500");
        ShareMount share =
                CubeFsFixture.share("swapped", directory.resolve("inner").toString(), "v", "", false);
        UniAssertSubscriber<Void> mounting =
                fixture.applier().mount(share).subscribe().withSubscriber(UniAssertSubscriber.create());
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.stub.starts("v").size() == 1);

        // When
        Files.move(directory, directory.resolveSibling("moved"));
        Files.createSymbolicLink(directory, outside);

        // Then
        mounting.awaitFailure(failure ->
                assertThat(failure).isInstanceOf(ShareRefusedException.class).hasMessageContaining("symbolic link"));
        assertThat(fixture.stub.liveMounts()).isEmpty();
        assertThat(fixture.stub.liveClients()).isEmpty();
        assertThat(outside.resolve("inner")).isEmptyDirectory();
    }

    @Test
    void aMountThatWasNotAttachedWhenTheServiceDiedIsRemovedByTheNextStart() throws IOException {
        // Given
        fixture.stub.mode("vol-halfway", "silent");
        ShareMount share = fixture.share("halfway");
        UniAssertSubscriber<Void> mounting =
                fixture.applier().mount(share).subscribe().withSubscriber(UniAssertSubscriber.create());
        String stage = fixture.stub.stateDirectory().resolve("mounting/halfway").toString();
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.stub.liveMounts().equals(List.of(stage)));
        Path record = fixture.stub.stateDirectory().resolve("cubefs/halfway/record.json");
        byte[] written = Files.readAllBytes(record);
        mounting.cancel();
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.stub.liveMounts().isEmpty());
        fixture.restart();
        fixture.stub.mode("vol-halfway", "");
        Files.createDirectories(Path.of(stage));
        run("mount", "-t", "tmpfs", "left", stage);
        Files.createDirectories(record.getParent());
        Files.write(record, written);

        // When
        fixture.mount(share);

        // Then
        assertThat(fixture.stub.liveMounts()).containsExactly(share.mountPoint());
        fixture.unmount(share);
        assertThat(Path.of(stage)).doesNotExist();
    }

    @Test
    void aStateDirectoryBehindALinkIsFollowed() throws IOException {
        // Given
        Path real = Files.createDirectories(fixture.stub.stateDirectory().resolveSibling("real-state"));
        Path link = Files.createSymbolicLink(fixture.stub.stateDirectory().resolveSibling("linked-state"), real);
        fixture.set("state-dir", link.resolve("heddle").toString());
        fixture.restart();
        ShareMount share = fixture.share("linked");

        // When
        fixture.mount(share);

        // Then
        assertThat(fixture.stub.liveMounts()).containsExactly(share.mountPoint());
        fixture.unmount(share);
        assertThat(real.resolve("heddle/mounting")).isEmptyDirectory();
    }

    @Test
    void aRootThatIsALinkItselfIsFollowed() throws IOException {
        // Given
        Path real = Files.createDirectories(fixture.stub.shares().resolve("real"));
        Path link = Files.createSymbolicLink(fixture.stub.stateDirectory().resolveSibling("root"), real);
        fixture.set("allowed-roots", link.toString());
        fixture.restart();
        ShareMount share = CubeFsFixture.share("linked", link.resolve("here").toString(), "v", "", false);

        // When
        fixture.mount(share);

        // Then
        assertThat(fixture.stub.liveMounts())
                .containsExactly(real.resolve("here").toString());
        fixture.unmount(share);
        assertThat(fixture.stub.liveMounts()).isEmpty();
    }

    @Test
    void aPlaceOutsideOfTheRootsIsRefused() {
        // Given
        ShareMount share = CubeFsFixture.share("out", "/tmp/heddle-never", "v", "", false);

        // When
        // Then
        assertThatThrownBy(() -> fixture.mount(share))
                .isInstanceOfSatisfying(
                        ShareRefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.ALLOWED_ROOTS));
    }

    @Test
    void manySharesAreMountedSideBySide() {
        // Given
        List<ShareMount> shares =
                IntStream.range(0, 12).mapToObj(i -> fixture.share("many-" + i)).toList();

        // When
        List<UniAssertSubscriber<Void>> results = shares.stream()
                .map(share ->
                        fixture.applier().mount(share).subscribe().withSubscriber(UniAssertSubscriber.<Void>create()))
                .toList();
        results.forEach(UniAssertSubscriber::awaitItem);

        // Then
        assertThat(fixture.stub.liveMounts())
                .containsExactlyInAnyOrderElementsOf(
                        shares.stream().map(ShareMount::mountPoint).toList());
        assertThat(fixture.stub.liveClients()).hasSize(12);
    }

    private static boolean notDone(UniAssertSubscriber<Void> result) {
        try {
            result.assertNotTerminated();
            return true;
        } catch (AssertionError e) {
            return false;
        }
    }
}
