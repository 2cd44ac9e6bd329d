package io.heddle.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.soak.Sampler.Sample;
import io.heddle.testsupport.CubeFsStub;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.PackagedService;
import io.heddle.testsupport.SimulatedVms;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The packaged service under mixed load for an hour, or {@code -Dheddle.soak.minutes}: nothing grows. See docs/soak.md.
 */
@Tag("soak")
class SoakIT {

    private static final double MINUTES = Double.parseDouble(System.getProperty("heddle.soak.minutes", "60"));
    private static final long SEED = Long.getLong("heddle.soak.seed", new Random().nextInt(1_000_000_000));
    private static final Path REPORTS = Path.of(System.getProperty("project.build.directory", "target"), "soak");

    private static final int SAMPLES_AT_REST = 5;
    /** Compiled code, pools and buffers are as large then as they get, but for what the rule tolerates. */
    private static final Duration WARM_UP = part(0.2, Duration.ofSeconds(40), Duration.ofMinutes(6));
    /** Without what counts as coming back from the rest. */
    private static final Duration LOAD = part(0.65, Duration.ofSeconds(60), Duration.ofDays(1));

    private static final Duration SETTLING = Duration.ofSeconds(15);
    private static final Duration BETWEEN_SAMPLES = part(1.0 / 150, Duration.ofSeconds(2), Duration.ofSeconds(12));
    private static final Duration SOON = Duration.ofMinutes(2);

    private final long began = System.nanoTime();

    @Test
    void nothingGrows() throws Exception {
        Files.createDirectories(REPORTS);
        Path log = REPORTS.resolve("service.log");
        Files.deleteIfExists(log);
        System.out.printf("soak: %.1f minutes, -Dheddle.soak.seed=%d%n", MINUTES, SEED);
        Tally tally = new Tally();
        SoakReport report = new SoakReport(MINUTES, SEED);
        try (NatsServer broker = NatsServer.started();
                CubeFsStub stub = CubeFsStub.create();
                SimulatedVms vms = new SimulatedVms(broker.url(), Operators.VMS, Set.of(Operators.VMS + "7"));
                PackagedService service = service(log, broker, stub);
                Watchers watchers = new Watchers();
                Load load = new Load(
                        service,
                        tally,
                        List.of(
                                new Holders(),
                                new Waiters(),
                                watchers,
                                new Publishers(stub),
                                new Operators(stub.shares()),
                                new Visitors(),
                                new Strangers()))) {
            service.start();
            await().atMost(SOON).until(() -> service.get("/q/health/ready")
                    .path("status")
                    .asText()
                    .equals("UP"));
            Sampler sampler = new Sampler(service, broker);
            try {
                load.begin(SEED);
                during(WARM_UP, () -> sampler.take(minute()));
                load.end();
                report.atRestBefore(atRest(sampler));

                load.begin(SEED + 1_000);
                during(SETTLING, () -> sampler.take(minute()));
                report.underLoad(during(LOAD, () -> sampler.take(minute())));
                load.end();
                report.atRestAfter(atRest(sampler));
            } finally {
                report.tally(tally, sampler.meter("heddle_holds_evictions_total"));
                report.write(REPORTS);
            }
            service.stop();
            assertThat(stub.liveMounts()).isEmpty();
            assertThat(stub.liveClients()).isEmpty();
            assertThat(stub.sleepers()).isEmpty();
            assertThat(vms).isNotNull();
        }

        assertThat(tally.told()).as("unexpected answers").isEmpty();
        assertThat(tally.wrong()).isZero();
        assertThat(tally.total()).isGreaterThan((long) (MINUTES * 1_000));
        String ready = "look at " + Visitors.READY;
        // A machine that stalls for seconds makes the service miss the broker's heartbeats, and it must say so.
        assertThat(tally.count(ready, 503)).isLessThanOrEqualTo(1 + tally.count(ready, 200) / 50);
        assertThat(Files.readAllLines(log)).noneMatch(line -> line.contains("\"level\":\"ERROR\""));
        assertThat(report.growth()).as("what grows").isEmpty();
    }

    /** The heap is touched at the start, so that what is resident grows only where something leaks, or outside of it. */
    private static PackagedService service(Path log, NatsServer broker, CubeFsStub stub) {
        return new PackagedService(log)
                .environment("JAVA_TOOL_OPTIONS", "-Xms192m -Xmx192m -XX:+AlwaysPreTouch")
                .set("heddle.nats.servers", broker.url())
                .set("heddle.http.event-buffer", "256")
                .set("heddle.http.eviction-grace", "2s")
                .set("heddle.mounts.vm-ids", Publishers.VM)
                .set("heddle.mounts.allowed-roots", stub.shares().toString())
                .set("heddle.mounts.state-dir", stub.stateDirectory().toString())
                .set("heddle.mounts.retry-min-delay", "200ms")
                .set("heddle.mounts.retry-max-delay", "2s")
                .set("heddle.mounts.cubefs.command", stub.command());
    }

    private static List<Sample> atRest(Sampler sampler) throws Exception {
        await().atMost(SOON)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> sampler.children() == 0
                        && sampler.meter("heddle_holds_subscribers") == 0
                        && sampler.meter("heddle_mounts_subscribers") == 0);
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < SAMPLES_AT_REST; i++) {
            samples.add(sampler.take(0));
        }
        return samples;
    }

    /** Takes a sample every so often until the time is over. */
    private static List<Sample> during(Duration time, Callable<Sample> take) {
        List<Sample> samples = new ArrayList<>();
        long end = System.nanoTime() + time.toNanos();
        await().atMost(time.plus(SOON))
                .pollDelay(Duration.ZERO)
                .pollInterval(BETWEEN_SAMPLES)
                .until(() -> {
                    samples.add(take.call());
                    return System.nanoTime() > end;
                });
        return samples;
    }

    private double minute() {
        return (System.nanoTime() - began) / 60e9;
    }

    private static Duration part(double part, Duration least, Duration most) {
        Duration wanted = Duration.ofMillis((long) (MINUTES * 60_000 * part));
        Duration enough = wanted.compareTo(least) < 0 ? least : wanted;
        return enough.compareTo(most) > 0 ? most : enough;
    }
}
