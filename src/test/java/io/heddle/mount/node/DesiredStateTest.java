package io.heddle.mount.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.mount.Secret;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareMount.Action;
import io.heddle.mount.cubefs.CubeFs;
import io.heddle.mount.feed.Position;
import io.heddle.mount.feed.ShareMessage;
import io.heddle.mount.node.DesiredShare.Origin;
import io.heddle.stream.StreamIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DesiredStateTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final StreamIdentity STREAM = new StreamIdentity("weft-mounts", NOON);
    private static final StreamIdentity OTHER = new StreamIdentity("weft-mounts", NOON.plusSeconds(60));

    private final DesiredState state = new DesiredState((message, share, position) -> {});

    @Test
    void appliesOnlyTheEndOfAReplay() {
        fromStream(share("a", "/workspace/1"), 1);
        fromStream(share("a", "/workspace/2"), 2);
        fromStream(share("b", "/workspace/b"), 3);
        fromStream(ShareMount.unmount("b", ""), 4);

        List<DesiredShare> news = state.replayed(STREAM, 4);

        assertThat(news)
                .extracting(DesiredShare::share)
                .containsExactly(share("a", "/workspace/2"), ShareMount.unmount("b", "/workspace/b"));
    }

    @Test
    void ignoresAnOldMessageOfTheSameStream() {
        caughtUp(share("a", "/workspace/2"), 5);
        state.interrupted();
        fromStream(share("a", "/workspace/1"), 4);

        assertThat(state.replayed(STREAM, 5)).isEmpty();
        assertThat(state.require("a").share().mountPoint()).isEqualTo("/workspace/2");
    }

    @Test
    void believesAnotherStreamAndKeepsWhatItDoesNotMention() {
        caughtUp(share("a", "/workspace/old"), 50);
        caughtUp(share("b", "/workspace/b"), 51);
        state.forgetReplay();
        fromStream(share("a", "/workspace/new"), 1);

        List<DesiredShare> news = state.replayed(OTHER, 1);

        assertThat(news).extracting(share -> share.share().mountPoint()).containsExactly("/workspace/new");
        assertThat(state.require("b").share().mountPoint()).isEqualTo("/workspace/b");
    }

    @Test
    void believesAStreamThatWasRolledBack() {
        caughtUp(share("a", "/workspace/late"), 50);
        state.forgetReplay();
        fromStream(share("a", "/workspace/early"), 7);

        state.replayed(STREAM, 7);

        assertThat(state.require("a").share().mountPoint()).isEqualTo("/workspace/early");
    }

    @Test
    void aReplayDoesNotOverrideANewerMessageThatCameByCoreNats() {
        fromCore(share("a", "/workspace/core"), 10);
        fromStream(share("a", "/workspace/stream"), 9);

        assertThat(state.replayed(STREAM, 9)).isEmpty();
        assertThat(fromStream(share("a", "/workspace/later"), 11)).isTrue();
    }

    @Test
    void fillsInTheMountPointOfAnUnmount() {
        caughtUp(share("a", "/workspace/a"), 1);

        fromStream(ShareMount.unmount("a", ""), 2);

        assertThat(state.require("a").share()).isEqualTo(ShareMount.unmount("a", "/workspace/a"));
    }

    @Test
    void whatIsRememberedBeatsTheBootFile() {
        state.offerFromBootFile(share("a", "/workspace/boot"));
        state.offerFromBootFile(share("b", "/workspace/b"));

        state.restore(
                List.of(
                        new DesiredShare(ShareMount.unmount("a", "/workspace/boot"), Origin.STREAM, at(3), null),
                        DesiredShare.fromBootFile(share("b", "/workspace/b-of-before")),
                        DesiredShare.fromBootFile(share("gone", "/workspace/gone"))),
                true);

        assertThat(state.require("a").share().isMount()).isFalse();
        assertThat(state.require("b").share().mountPoint()).isEqualTo("/workspace/b");
        assertThat(state.require("gone").share()).isEqualTo(ShareMount.unmount("gone", "/workspace/gone"));
    }

    @Test
    void theBootFileIsOverriddenByTheStream() {
        state.offerFromBootFile(share("a", "/workspace/boot"));
        fromStream(share("a", "/workspace/stream"), 1);

        state.replayed(STREAM, 1);

        assertThat(state.require("a").share().mountPoint()).isEqualTo("/workspace/stream");
    }

    @Test
    void isTheSameAfterARestart(@TempDir Path directory) throws Exception {
        StateDirectory opened = new StateDirectory(directory.resolve("state"), "test");
        opened.open();
        DesiredStateFile file = new DesiredStateFile(opened);
        ShareMount secret = new ShareMount(
                "a",
                Action.MOUNT,
                ShareMount.CUBEFS,
                "/workspace/a b",
                true,
                new CubeFs("v", List.of("h:1", "[::1]:2"), "o", Secret.of("AK"), Secret.of("SK"), "x/y"));
        List<DesiredShare> saved = List.of(
                new DesiredShare(secret, Origin.STREAM, at(7), null),
                new DesiredShare(
                        ShareMount.unmount("b", "/workspace/b"), Origin.CORE, at(7).next(NOON.plusNanos(1)), null),
                DesiredShare.fromBootFile(share("c", "/workspace/c")));

        file.save(saved);

        assertThat(file.load()).isEqualTo(saved);
        Path json = directory.resolve("state/desired.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(json)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(json.getParent())))
                .isEqualTo("rwx------");
        opened.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[{\"share\":{}}", "null", "{}", "", "[] []", "[]x"})
    void putsAnUnreadableFileAside(String content, @TempDir Path directory) throws Exception {
        DesiredStateFile file = new DesiredStateFile(directory);
        Files.writeString(directory.resolve("desired.json"), content);

        assertThat(file.load()).isEmpty();
        assertThat(directory.resolve("desired.json.unreadable")).exists();
    }

    @Test
    void leavesOutAnEntryThatCannotBeRead(@TempDir Path directory) throws Exception {
        DesiredStateFile file = new DesiredStateFile(directory);
        file.save(List.of(DesiredShare.fromBootFile(share("a", "/workspace/a"))));
        Path json = directory.resolve("desired.json");
        Files.writeString(json, Files.readString(json).replaceFirst("\\[", "[{\"share\":{\"id\":\"../b\"}}, 7, "));

        assertThat(file.load()).extracting(entry -> entry.share().id()).containsExactly("a");
    }

    private void caughtUp(ShareMount share, long sequence) {
        state.interrupted();
        fromStream(share, sequence);
        state.replayed(STREAM, sequence);
    }

    private boolean fromStream(ShareMount share, long sequence) {
        return state.offerFromStream(message(share), share, sequence, NOON.plusSeconds(sequence));
    }

    private boolean fromCore(ShareMount share, long second) {
        return state.offerFromCore(message(share), share, NOON.plusSeconds(second));
    }

    private static ShareMessage message(ShareMount share) {
        return new ShareMessage("vm", ShareMessages.toBytes(share), null);
    }

    private static Position at(long sequence) {
        return Position.inStream(STREAM, sequence, NOON.plusSeconds(sequence));
    }

    private static ShareMount share(String id, String mountPoint) {
        CubeFs source = new CubeFs("volume", List.of("127.0.0.1:17010"), "owner", Secret.NONE, Secret.NONE, "");
        return new ShareMount(id, Action.MOUNT, ShareMount.CUBEFS, mountPoint, false, source);
    }
}
