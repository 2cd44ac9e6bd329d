package io.heddle.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.fleet.FanOut.Progress;
import io.heddle.mount.MountsConfig;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NoAnswerException;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Three servers and three copies of everything: the leader of the shares' stream is killed in the middle of a fan-out. */
class FleetClusterTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int VMS = Integer.getInteger("heddle.test.vms", 3_000);

    private final List<NatsServer> servers = NatsServer.cluster(3);
    private final String urls = servers.stream().map(NatsServer::url).collect(Collectors.joining(","));
    private final NatsConnection connection =
            new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", urls)), null);
    private Fleet fleet;

    @AfterEach
    void end() {
        fleet.close();
        connection.close();
        servers.forEach(NatsServer::close);
    }

    @Test
    void whatIsReportedAsDoneOutlivesTheLeader() throws Exception {
        connection.start();
        await().atMost(PATIENCE).until(() -> connection.state().isConnected());
        fleet = Fleet.start(
                connection,
                Configs.of(FleetConfig.class, Map.of("heddle.fleet.replicas", "3")),
                Configs.of(MountsConfig.class, Map.of("heddle.mounts.stream-replicas", "3")),
                PublishListener.NONE,
                Infrastructure.getDefaultWorkerPool());
        List<String> vms =
                IntStream.range(0, VMS).mapToObj(number -> "vm-" + number).toList();
        fleet.groups()
                .put("class", vms)
                .chain(made -> made.fanOut().finished())
                // A cluster that has just come up may still elect who leads it.
                .onFailure(NoAnswerException.class)
                .retry()
                .atMost(10)
                .await()
                .atMost(PATIENCE);

        AtomicReference<Progress> latest = new AtomicReference<>();
        CompletableFuture<Progress> finished = fleet.groups()
                .putShare("class", FleetRig.share("data", "v1"))
                .invoke(made -> made.fanOut().progress().subscribe().with(latest::set))
                .chain(made -> made.fanOut().finished())
                .subscribeAsCompletionStage();
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> latest.get() != null && latest.get().done() > 0);
        NatsServer leader = leader();
        servers.remove(leader);
        leader.kill();
        leader.close();
        Progress atTheKill = latest.get();

        Progress end = finished.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

        System.out.printf(
                "the leader was killed after %d of %d VMs; %d done, %d failed at the end of the call%n",
                atTheKill.done(), VMS, end.done(), end.failed().size());
        assertThat(end.done() + end.failed().size()).isEqualTo(VMS);
        List<String> done = vms.stream()
                .filter(vm ->
                        end.failed().stream().noneMatch(failure -> failure.vm().equals(vm)))
                .toList();
        assertThat(lastWords()).extractingByKeys(done.toArray(String[]::new)).allMatch(word -> word.contains("\"v1\""));
        // And what failed is tried again by itself.
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(lastWords()).hasSize(VMS).allSatisfy((vm, word) -> assertThat(word)
                        .contains("\"v1\"")));
    }

    private NatsServer leader() throws Exception {
        try (Connection raw = Nats.connect(servers.get(0).url())) {
            String name = raw.jetStreamManagement()
                    .getStreamInfo("weft-mounts")
                    .getClusterInfo()
                    .getLeader();
            return servers.stream()
                    .filter(server -> ("test-" + server.port()).equals(name))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** What the stream has last of each VM. */
    private Map<String, String> lastWords() throws Exception {
        Map<String, String> words = new HashMap<>();
        try (Connection raw = Nats.connect(servers.get(0).url())) {
            JetStreamSubscription all = raw.jetStream()
                    .subscribe(
                            "weft.mounts.*",
                            PushSubscribeOptions.builder().stream("weft-mounts")
                                    .ordered(true)
                                    .configuration(ConsumerConfiguration.builder()
                                            .deliverPolicy(DeliverPolicy.LastPerSubject)
                                            .build())
                                    .build());
            Message next;
            do {
                next = Objects.requireNonNull(all.nextMessage(PATIENCE), "the stream falls silent");
                words.put(
                        next.getSubject().substring("weft.mounts.".length()),
                        new String(next.getData(), StandardCharsets.UTF_8));
            } while (next.metaData().pendingCount() > 0);
        }
        return words;
    }
}
