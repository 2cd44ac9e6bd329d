package io.heddle.mount.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.mount.ShareMount;
import io.heddle.testsupport.CubeFsStub;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A real agent on a real broker and real FUSE mounts, killed with SIGKILL at random moments while shares are published and
 * everything around it fails. {@code -Dheddle.faults.short}: 20 kills in place of 200; {@code -Dheddle.faults.seed}: the same
 * decisions again.
 */
@Tag("faults")
class ShareFaultsIT {

    private static final boolean SHORT = Boolean.getBoolean("heddle.faults.short");
    private static final int KILLS = Integer.getInteger("heddle.faults.kills", SHORT ? 20 : 200);
    private static final int CHECK_EVERY = 20;
    private static final long SEED = Long.getLong("heddle.faults.seed", new Random().nextInt(1_000_000_000));
    private static final Duration TO_SETTLE = Duration.ofSeconds(45);
    /** What is right must stay so: clients that were told to die later do it within this. */
    private static final Duration STAYS = Duration.ofSeconds(1);

    private static final Path REPORTS = Path.of(System.getProperty("project.build.directory", "target"), "faults");

    @Test
    void noShareIsLostOrDoubledHoweverOftenTheAgentIsKilled() throws Exception {
        System.out.println("share faults: " + KILLS + " kills, -Dheddle.faults.seed=" + SEED);
        ShareFaultsReport report = new ShareFaultsReport(SEED);
        try (KilledAgentRig rig = new KilledAgentRig(REPORTS.resolve("shares-agents.log"));
                ShareTrouble trouble = new ShareTrouble(rig)) {
            try {
                for (int run = 1; run <= KILLS && report.violations().isEmpty(); run++) {
                    killOnce(rig, trouble, run, report);
                    if (run % CHECK_EVERY == 0 || run == KILLS) {
                        check(rig, trouble, run, report, run == KILLS);
                    }
                }
                rig.errors().forEach(report::violation);
            } finally {
                report.write(REPORTS, trouble.operations(), trouble.faults());
            }
        }
        assertThat(report.violations()).as("-Dheddle.faults.seed=" + SEED).isEmpty();
        assertThat(report.kills()).isEqualTo(KILLS);
    }

    @Test
    void aClientThatNobodyKnowsIsFound() throws Exception {
        try (KilledAgentRig rig = new KilledAgentRig(REPORTS.resolve("shares-orphan.log"));
                ShareTrouble trouble = new ShareTrouble(rig)) {
            rig.startAgent();
            rig.awaitReady();
            Path config = rig.stub.stateDirectory().resolveSibling("s-9/config-1.json");
            Files.createDirectories(config.getParent());
            Files.writeString(config, "{\"volName\":\"v\",\"logDir\":\"" + config.getParent() + "\"}");
            rig.stub.volume("v");
            rig.stub.mode("v", "never");
            assertThat(settle(rig, trouble)).isEmpty();

            Process orphan = new ProcessBuilder(rig.stub.command(), "-f", "-c", config.toString()).start();

            await().until(() -> rig.look(trouble.said())
                    .violations()
                    .contains("orphan: Client[pid=" + orphan.pid() + ", share=s-9]"));
        }
    }

    @Test
    void anAgentThatForgetsItsClientsIsFound() throws Exception {
        try (KilledAgentRig rig = new KilledAgentRig(REPORTS.resolve("shares-forgetful.log"));
                ShareTrouble trouble = new ShareTrouble(rig)) {
            Random random = new Random(1);
            rig.startAgent();
            while (trouble.said().values().stream().filter(ShareMount::isMount).count() < 2) {
                trouble.step(random);
            }
            trouble.calm();
            assertThat(settle(rig, trouble)).isEmpty();
            rig.killAgent();
            CubeFsStub.run(
                    "rm", "-r", rig.stub.stateDirectory().resolve("cubefs").toString());

            rig.startAgent();
            rig.awaitReady();

            await().atMost(TO_SETTLE).until(() -> rig.look(trouble.said()).violations().stream()
                    .anyMatch(violation -> violation.startsWith("told wrongly") && violation.contains("REJECTED")));
        }
    }

    @Test
    void anAgentStartsForTheFirstTimeThoughItsStateDirectoryIsFull() throws Exception {
        try (KilledAgentRig rig = new KilledAgentRig(REPORTS.resolve("shares-full.log"));
                ShareTrouble trouble = new ShareTrouble(rig)) {
            rig.fillStateDirectory();
            rig.startAgent();
            rig.awaitReady();
            Random random = new Random(2);
            while (trouble.said().values().stream().filter(ShareMount::isMount).count() < 2) {
                trouble.step(random);
            }

            trouble.calm();

            assertThat(settle(rig, trouble)).isEmpty();
        }
    }

    private static void killOnce(KilledAgentRig rig, ShareTrouble trouble, int run, ShareFaultsReport report) {
        // Of its own for each run, so that one is played again alike however many steps the machine did in the others.
        Random random = new Random(new SplittableRandom(SEED + run).nextLong());
        int drawn = random.nextInt(12);
        boolean whileItStarts = drawn < 2;
        // Some live long enough to see clients die and mounts hang.
        long until = random.nextInt(drawn == 2 ? 4_000 : 700);
        rig.startAgent();
        if (!whileItStarts) {
            rig.awaitReady();
        }
        long began = System.nanoTime();
        for (long left = until; left > 0; left = until - (System.nanoTime() - began) / 1_000_000) {
            trouble.step(random);
            rig.pause(Math.min(left, random.nextInt(50)));
        }
        if (!rig.killAgent()) {
            report.violation("run " + run + ": the agent ended by itself");
        }
        List<String> places = rig.stub.liveMounts();
        if (places.stream().distinct().count() < places.size()) {
            report.violation("run " + run + ": doubled: " + places);
        }
        report.killed(whileItStarts, places.size(), rig.clients().size());
    }

    private static void check(
            KilledAgentRig rig, ShareTrouble trouble, int run, ShareFaultsReport report, boolean unmountAll) {
        rig.startAgent();
        rig.awaitReady();
        trouble.calm();
        long began = System.nanoTime();
        settle(rig, trouble).forEach(violation -> report.violation("after run " + run + ": " + violation));
        if (unmountAll && report.violations().isEmpty()) {
            trouble.unmountAll();
            settle(rig, trouble).forEach(violation -> report.violation("after unmounting all: " + violation));
            rig.emptyMountPoints().forEach(place -> report.violation("after unmounting all: left: " + place));
        }
        report.checked(Duration.ofNanos(System.nanoTime() - began));
        if (!rig.killAgent()) {
            report.violation("after run " + run + ": the agent ended by itself");
        }
    }

    /** Waits until everything is right and stays so; what is still wrong after a while. */
    private static List<String> settle(KilledAgentRig rig, ShareTrouble trouble) {
        AtomicReference<List<String>> last = new AtomicReference<>(List.of());
        try {
            await().atMost(TO_SETTLE)
                    .during(STAYS)
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> {
                        last.set(rig.look(trouble.said()).violations());
                        return last.get().isEmpty();
                    });
            return List.of();
        } catch (ConditionTimeoutException e) {
            List<String> wrong = new ArrayList<>(last.get());
            wrong.add("not settled within " + TO_SETTLE.toSeconds() + " s");
            return wrong;
        }
    }
}
