package io.heddle.hold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Real processes that race for one file, among them some that are killed or stopped past the ttl. For a minute, and with
 * sixteen of them: {@code -Dheddle.test.race.seconds=60 -Dheddle.test.race.processes=16}.
 */
class HoldRaceTest {

    private static final int ROUNDS = 4;
    private static final int GRANTS = 25;
    private static final Duration LENGTH = Duration.ofSeconds(Integer.getInteger("heddle.test.race.seconds", 0));
    private static final int PROCESSES = Integer.getInteger("heddle.test.race.processes", 4);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Rig rig = new Rig();
    private final Path directory = rig.server.directory().resolve("history");
    private final List<Process> processes = new ArrayList<>();
    private final AtomicInteger names = new AtomicInteger();
    private final long seed = Long.getLong("heddle.test.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @AfterEach
    void end() {
        processes.forEach(Process::destroyForcibly);
        rig.close();
    }

    @Test
    void thereIsNeverMoreThanOneHolderAndTokensRise() {
        System.out.println("HoldRaceTest: " + PROCESSES + " processes, -Dheddle.test.seed=" + seed);
        start(PROCESSES, false);

        long begin = System.nanoTime();
        long done = moreGrants(0, 1);
        int kills = 0;
        int stops = 0;
        while (done < GRANTS || kills + stops < ROUNDS || System.nanoTime() - begin < LENGTH.toNanos()) {
            done = moreGrants(done, 4);
            Process victim = processes.remove(random.nextInt(processes.size()));
            if (kills <= stops) {
                kills++;
                victim.destroyForcibly();
                start(1, false);
            } else {
                stops++;
                signal(victim, "STOP");
                done = moreGrants(done, 3);
                signal(victim, "CONT");
                processes.add(victim);
            }
        }
        moreGrants(done, 2 * PROCESSES);

        processes.forEach(Process::destroyForcibly);
        HoldHistory history = HoldHistory.read(directory);
        System.out.println("HoldRaceTest: " + kills + " kills, " + stops + " stops, " + history.count('G') + " grants, "
                + history.count('N') + " renewals, " + history.count('H') + " refusals, " + history.count('T')
                + " touches, " + history.count('R') + " releases, " + history.count('W') + " looks, "
                + history.count('F') + " failures in "
                + Duration.ofNanos(System.nanoTime() - begin).toSeconds() + " s");
        assertThat(history.violations()).as("seed " + seed).isEmpty();
        assertThat(history.count('T')).isGreaterThan(GRANTS);
    }

    @Test
    void aReleaseThatIsNotGuardedIsCaught() {
        start(3, true);

        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> HoldHistory.read(directory).violations().stream()
                        .anyMatch(violation -> violation.startsWith("two holders at once")));
    }

    private long moreGrants(long known, int more) {
        return await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> HoldHistory.read(directory).count('G'), grants -> grants >= known + more);
    }

    private void start(int count, boolean buggy) {
        try {
            Files.createDirectories(directory);
            for (int i = 0; i < count; i++) {
                String agent = "agent-" + names.incrementAndGet();
                processes.add(new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-Xmx96m",
                                "-cp",
                                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                                RaceWorker.class.getName(),
                                rig.server.url(),
                                agent,
                                directory.resolve(agent).toString(),
                                Long.toString(random.nextLong()),
                                Boolean.toString(buggy))
                        .redirectErrorStream(true)
                        .redirectOutput(
                                rig.server.directory().resolve(agent + ".log").toFile())
                        .start());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void signal(Process process, String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
