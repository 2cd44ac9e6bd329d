package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.bench.Rounds;
import io.heddle.bench.Row;
import io.heddle.bench.Scorecard;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareEvent;
import io.heddle.mount.ShareState;
import io.heddle.mount.cubefs.CubeFsApplier;
import io.heddle.mount.node.ShareAgent;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.CubeFsStub;
import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** From the moment of a publish to the event that says MOUNTED, beyond the time that the client itself takes to mount. */
@Tag("bench")
class PublishToMountedBenchIT {

    private static final int ROUNDS = Scorecard.size(40, 15);

    @Test
    void takesLittleMoreThanTheClientItself() throws Exception {
        List<Double> times = new ArrayList<>();
        List<Double> clients = new ArrayList<>();
        List<Double> processes = new ArrayList<>();
        try (NatsServer server = NatsServer.started();
                CubeFsStub stub = CubeFsStub.create();
                Connection publisher = Nats.connect(server.url());
                NatsConnection connection = new NatsConnection(
                        Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", server.url())), null)) {
            MountsConfig config = Configs.of(
                    MountsConfig.class,
                    Map.of(
                            "heddle.mounts.vm-ids", "vm-1",
                            "heddle.mounts.allowed-roots", stub.shares().toString(),
                            "heddle.mounts.state-dir", stub.stateDirectory().toString(),
                            "heddle.mounts.cubefs.command", stub.command()));
            var worker = Infrastructure.getDefaultWorkerPool();
            connection.start();
            try (CubeFsApplier engine = new CubeFsApplier(config, worker, worker)) {
                ShareAgent agent = new ShareAgent(config, connection, engine, worker);
                BlockingQueue<ShareState> states = new LinkedBlockingQueue<>();
                agent.listen(event -> {
                    if (event instanceof ShareEvent.Changed changed) {
                        states.add(changed.status().state());
                    }
                });
                agent.start();
                await().until(() -> agent.mode().toString().equals("jetstream"));
                for (int round = 0; round < ROUNDS; round++) {
                    long began = System.nanoTime();
                    publish(publisher, mount(stub));
                    awaitState(states, ShareState.MOUNTED);
                    times.add((System.nanoTime() - began) / 1e6);
                    List<Duration> own = stub.mountTimes("volume");
                    clients.add(own.get(own.size() - 1).toNanos() / 1e6);
                    publish(publisher, "{\"id\":\"share\",\"action\":\"unmount\"}");
                    awaitState(states, ShareState.UNMOUNTED);
                    processes.add(startsAlone(stub.shares()));
                }
                agent.stop().await().indefinitely();
            }
        }

        Scorecard.note(
                ("publish, until the share is mounted: %s ms more than it takes the JVM to start the same processes, that have"
                                + " nothing to do, one after the other")
                        .formatted(new Rounds(times, processes).difference()));
        Scorecard.add(Row.of(
                        "publish, until the share is mounted",
                        "the client's own time to mount",
                        "ms",
                        new Rounds(times, clients))
                .moreAtMost(25, 50));
    }

    /** What a mount starts, but nothing to mount: who makes the directory, the client, and who asks the mount whether it answers. */
    private static double startsAlone(Path directory) throws Exception {
        List<List<String>> commands = List.of(
                List.of(
                        "sh",
                        "-c",
                        "mkdir -m 0755 -- \"$1\"",
                        "sh",
                        directory.resolve("made").toString()),
                List.of("setsid", "true"),
                List.of("stat", "-f", "-c", "%t", "--", directory.toString()));
        long began = System.nanoTime();
        for (List<String> command : commands) {
            assertThat(new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .start()
                            .waitFor())
                    .isZero();
        }
        double millis = (System.nanoTime() - began) / 1e6;
        Files.delete(directory.resolve("made"));
        return millis;
    }

    private static void awaitState(BlockingQueue<ShareState> states, ShareState wanted) throws InterruptedException {
        ShareState state = null;
        while (state != wanted) {
            state = states.poll(20, TimeUnit.SECONDS);
            assertThat(state).as("waiting for " + wanted).isNotNull();
        }
    }

    private static void publish(Connection publisher, String json) throws Exception {
        publisher.publish("weft.mounts.vm-1", json.getBytes(StandardCharsets.UTF_8));
        publisher.flushBuffer();
    }

    private static String mount(CubeFsStub stub) {
        return "{\"id\":\"share\",\"mount_point\":\"" + stub.shares().resolve("share")
                + "\",\"cubefs\":{\"volume\":\"volume\",\"masters\":[\"h:1\"],\"owner\":\"o\"}}";
    }
}
