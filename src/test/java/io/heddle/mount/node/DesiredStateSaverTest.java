package io.heddle.mount.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.mount.ShareMount;
import io.heddle.mount.node.DesiredShare.Origin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DesiredStateSaverTest {

    private final Deque<Runnable> work = new ArrayDeque<>();

    @TempDir
    Path directory;

    @Test
    void writesTheNewestOfSeveralStates() {
        DesiredStateSaver saver = opened();

        saver.save(List.of(share("a")));
        saver.save(List.of(share("b")));

        assertThat(work).hasSize(1);
        work.remove().run();
        assertThat(file().load()).containsExactly(share("b"));
    }

    @Test
    void writesAtTheEndWhatTheWorkerDidNotGetTo() {
        DesiredStateSaver saver = opened();
        saver.save(List.of(share("a")));

        saver.flush();

        assertThat(file().load()).containsExactly(share("a"));
    }

    @Test
    void goesOnAfterAWriteThatFailed() throws Exception {
        DesiredStateSaver saver = opened();
        Path obstacle = directory.resolve("desired.json.next/full");
        Files.createDirectories(obstacle);
        saver.save(List.of(share("a")));
        work.remove().run();
        Files.delete(obstacle);

        saver.flush();

        assertThat(file().load()).containsExactly(share("a"));
    }

    @Test
    void removesTheProbeOfOneWhoWasKilledWhileItProbed() throws Exception {
        Files.createFile(directory.resolve("probe"));

        opened();

        assertThat(directory).isEmptyDirectory();
    }

    private DesiredStateSaver opened() {
        DesiredStateSaver saver = new DesiredStateSaver(file(), work::add);
        assertThat(saver.open()).isEmpty();
        return saver;
    }

    private DesiredStateFile file() {
        return new DesiredStateFile(directory);
    }

    private static DesiredShare share(String id) {
        return new DesiredShare(ShareMount.unmount(id, "/workspace/" + id), Origin.CORE, null, 0, Instant.EPOCH, null);
    }
}
