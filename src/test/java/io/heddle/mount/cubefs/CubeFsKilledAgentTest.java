package io.heddle.mount.cubefs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.mount.ShareMount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A real agent process, killed with SIGKILL at random moments of its work. */
class CubeFsKilledAgentTest {

    /** {@code -Dheddle.test.agent-kills=200} for the long form. */
    private static final int KILLS = Integer.getInteger("heddle.test.agent-kills", 6);

    private final CubeFsFixture fixture = new CubeFsFixture();

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
        assertThat(fixture.stub.liveMounts()).isEmpty();
        assertThat(fixture.stub.liveClients()).isEmpty();
    }

    @Test
    void aKilledAgentLeavesNothingThatTheNextOneDoesNotTakeOverOrClear() throws Exception {
        // Given
        Random random = new Random();
        fixture.applier().close();
        for (int kill = 0; kill < KILLS; kill++) {
            killAt(Math.abs(random.nextLong() % 700_000_000));
            assertThat(fixture.stub.liveMounts()).as("never stacked").doesNotHaveDuplicates();
        }
        List<ShareMount> wanted = IntStream.range(0, KilledAgent.SHARES)
                .mapToObj(number -> KilledAgent.share(fixture.stub.shares(), number, false))
                .toList();
        fixture.restart();

        // When
        wanted.forEach(fixture::mount);

        // Then
        assertThat(fixture.stub.liveMounts())
                .containsExactlyInAnyOrderElementsOf(
                        wanted.stream().map(ShareMount::mountPoint).toList());
        assertThat(fixture.stub.liveClients()).hasSize(wanted.size());
        wanted.forEach(fixture::unmount);
        assertThat(fixture.stub.liveMounts()).isEmpty();
        assertThat(fixture.stub.liveClients()).isEmpty();
        assertThat(fixture.applier().recordedIds()).isEmpty();
        await().atMost(CubeFsFixture.SOON).until(() -> fixture.stub.sleepers().isEmpty());
    }

    private void killAt(long nanos) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                KilledAgent.class.getName(),
                fixture.stub.shares().toString()));
        CubeFsFixture.settings(fixture.stub).forEach((name, value) -> command.addAll(List.of(name, value)));
        Path output = fixture.stub.stateDirectory().resolveSibling("agent.out");
        Process agent = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(output.toFile())
                .start();
        await().pollInterval(Duration.ofMillis(10)).atMost(CubeFsFixture.SOON).until(() -> Files.readString(output)
                .startsWith("ready"));
        agent.waitFor(nanos, TimeUnit.NANOSECONDS);
        agent.destroyForcibly().waitFor();
        assertThat(Files.readAllLines(output))
                .as("nothing fails in an agent that follows a killed one")
                .containsExactly("ready");
    }
}
