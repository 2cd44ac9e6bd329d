package io.heddle.mount.bench;

import static org.awaitility.Awaitility.await;

import io.heddle.bench.InFlight;
import io.heddle.bench.Jmh;
import io.heddle.bench.Rounds;
import io.heddle.bench.Row;
import io.heddle.bench.Scorecard;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareApplier;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareSignal;
import io.heddle.mount.ShareStream;
import io.heddle.mount.node.ShareAgent;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.request.JetStreamApi;
import io.heddle.testsupport.Chart;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.Nats;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Share messages: reading one, and reading all that concern a VM when its agent starts. */
@Tag("bench")
class SharesBenchIT {

    private static final int SHARES = 64;
    private static final int SMALL = 100;
    private static final int BIG = Scorecard.size(100_000, 10_000);
    private static final int ROUNDS = Scorecard.size(9, 4);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private int starts;

    @Test
    void decodeAndValidate() throws Exception {
        Map<String, List<Double>> scores = Jmh.run(ShareDecodingBenchmark.class, Scorecard.size(7, 2));

        Scorecard.add(Row.of(
                        "decode and validate a ShareMount (JMH)",
                        "Jackson `readValue` into a record",
                        "/s",
                        new Rounds(scores.get("decodeAndValidate"), scores.get("jackson")))
                .atLeast(0.7));
    }

    @Test
    void bootReplay() throws Exception {
        Map<Integer, NatsServer> servers = new TreeMap<>();
        try {
            for (int vms = SMALL; vms <= BIG; vms *= 10) {
                servers.put(vms, withVms(vms));
            }
            Rounds rounds = Rounds.of(ROUNDS, () -> replay(servers.get(BIG)), () -> replay(servers.get(SMALL)));

            Scorecard.add(Row.of(
                            "boot replay of one VM's 64 shares in a stream of %,d VMs".formatted(BIG),
                            "of 100 VMs",
                            "ms",
                            rounds)
                    .atMost(1.5));
            List<Double> times = new ArrayList<>();
            for (NatsServer server : servers.values()) {
                times.add(Math.min(replay(server), replay(server)));
            }
            Chart.of("Boot replay of one VM's 64 shares", "VMs in the stream", "ms")
                    .logarithmic()
                    .line("from the start of the agent until it has all", List.copyOf(servers.keySet()), times)
                    .write(Scorecard.DIRECTORY.resolve("replay.svg"));
        } finally {
            servers.values().forEach(NatsServer::close);
        }
    }

    /** From the start of an agent that remembers nothing until it has applied all its shares. */
    private double replay(NatsServer server) throws Exception {
        MountsConfig config = Configs.of(
                MountsConfig.class,
                Map.of(
                        "heddle.mounts.vm-ids",
                        "replayed",
                        "heddle.mounts.state-dir",
                        Files.createDirectories(directory.resolve("state" + ++starts))
                                .toString()));
        CountDownLatch applied = new CountDownLatch(SHARES);
        try (NatsConnection connection = connection(server)) {
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> connection.state().isConnected());
            ShareAgent agent =
                    new ShareAgent(config, connection, new Counting(applied), Infrastructure.getDefaultWorkerPool());
            long began = System.nanoTime();
            agent.start();
            if (!applied.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("not replayed");
            }
            double took = (System.nanoTime() - began) / 1e6;
            agent.stop().await().atMost(PATIENCE);
            return took;
        }
    }

    /** One message of each VM, with those of ours in the middle. */
    private static NatsServer withVms(int vms) throws Exception {
        NatsServer server = NatsServer.started();
        try (NatsConnection connection = connection(server);
                Connection publisher = Nats.connect(server.url())) {
            await().until(() -> connection.state().isConnected());
            MountsConfig config = Configs.of(MountsConfig.class, Map.of());
            new JetStreamApi(connection)
                    .ensureStream(ShareStream.of(config).configuration())
                    .await()
                    .atMost(PATIENCE);
            JetStream stream = publisher.jetStream();
            InFlight.rate(vms / 2, 1_024, i -> stream.publishAsync("weft.mounts.vm-" + i, message(i)));
            InFlight.rate(SHARES, 1, i -> stream.publishAsync("weft.mounts.replayed", message(i)));
            InFlight.rate(vms / 2, 1_024, i -> stream.publishAsync("weft.mounts.vm-" + (vms / 2 + i), message(i)));
        }
        return server;
    }

    private static NatsConnection connection(NatsServer server) {
        NatsConnection connection =
                new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", server.url())), null);
        connection.start();
        return connection;
    }

    private static byte[] message(int number) {
        return """
                {"id":"share-%d","mount_point":"/run/weft/shares/share-%d","cubefs":{"volume":"v","masters":["10.9.0.1:17010"],\
                "owner":"team"}}""".formatted(number, number).getBytes(StandardCharsets.UTF_8);
    }

    /** Mounting is somebody else's time. */
    private record Counting(CountDownLatch applied) implements ShareApplier {

        @Override
        public Uni<Void> mount(ShareMount share) {
            applied.countDown();
            return Uni.createFrom().voidItem();
        }

        @Override
        public Uni<Void> unmount(ShareMount share) {
            return Uni.createFrom().voidItem();
        }

        @Override
        public Multi<ShareSignal> signals() {
            return Multi.createFrom().nothing();
        }
    }
}
