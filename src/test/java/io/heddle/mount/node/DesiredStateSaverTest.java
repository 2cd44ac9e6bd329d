package io.heddle.mount.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.mount.ShareMount;
import io.heddle.mount.feed.Position;
import io.heddle.mount.node.DesiredShare.Origin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DesiredStateSaverTest {

    private final ManualScheduler scheduler = new ManualScheduler();

    @TempDir
    Path directory;

    @Test
    void writesTheNewestOfSeveralStates() {
        DesiredStateSaver saver = opened();

        saver.save(List.of(share("a")));
        saver.save(List.of(share("b")));

        assertThat(scheduler.scheduled()).isOne();
        scheduler.advanceMillis(0);
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
    void retriesAWriteThatFailedUntilItSucceeds() throws Exception {
        DesiredStateSaver saver = opened();
        Path obstacle = directory.resolve("desired.json.next/full");
        Files.createDirectories(obstacle);
        saver.save(List.of(share("a")));
        scheduler.advanceMillis(60_000);
        assertThat(file().load()).isEmpty();
        assertThat(saver.failure()).contains("desired.json.next");
        Files.delete(obstacle);

        scheduler.advanceMillis(10_000);

        assertThat(file().load()).containsExactly(share("a"));
        assertThat(saver.failure()).isNull();
        assertThat(scheduler.scheduled()).isZero();
    }

    @Test
    void aRetryWritesTheNewestState() throws Exception {
        DesiredStateSaver saver = opened();
        Path obstacle = directory.resolve("desired.json.next/full");
        Files.createDirectories(obstacle);
        saver.save(List.of(share("a")));
        scheduler.advanceMillis(0);
        saver.save(List.of(share("b")));
        Files.delete(obstacle);

        scheduler.advanceMillis(500);

        assertThat(file().load()).containsExactly(share("b"));
    }

    private DesiredStateSaver opened() {
        assertThat(file().load()).isEmpty();
        return new DesiredStateSaver(file(), scheduler);
    }

    private DesiredStateFile file() {
        return new DesiredStateFile(directory);
    }

    private static DesiredShare share(String id) {
        return new DesiredShare(
                ShareMount.unmount(id, "/workspace/" + id), Origin.CORE, Position.at(Instant.EPOCH), null);
    }
}
