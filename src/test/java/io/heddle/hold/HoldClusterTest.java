package io.heddle.hold;

import static io.heddle.hold.Rig.TTL;
import static io.heddle.hold.Rig.call;
import static io.heddle.hold.Rig.file;
import static io.heddle.hold.Rig.get;
import static io.heddle.hold.Rig.rightAgain;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.HoldEvent.Announced;
import io.heddle.hold.HoldEvent.Reset;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Three servers and three copies of the bucket: its leader changes, its configuration does. */
class HoldClusterTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<NatsServer> servers = NatsServer.cluster(3);
    private final String urls = servers.stream().map(NatsServer::url).collect(Collectors.joining(","));
    private final NatsConnection connection =
            new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", urls)), null);
    private KvHolds holds;
    private Connection raw;

    @AfterEach
    void end() {
        holds.close();
        connection.close();
        call(() -> {
            raw().close();
            return true;
        });
        servers.forEach(NatsServer::close);
    }

    @Test
    void holdsSurviveTheirLeader() {
        connection.start();
        holds = KvHolds.start(connection, Rig.config("replicas", "3"), HoldsListener.NONE);
        await().atMost(PATIENCE).until(() -> holds.status().ready());
        AssertSubscriber<HoldEvent> events = holds.subscribe().subscribe().withSubscriber(AssertSubscriber.create(100));
        Grant before = get(holds.announce(file("kept"), "a", TTL, ""));
        HoldLease lease = get(holds.acquire(file("lease"), "a", TTL, ""));

        String first = leader();
        stepDown();
        elected(first);
        long back = System.nanoTime();
        Rig.put(servers.get(0), file("stepped"));
        rightAgain("the leader stepped down", back, () -> isSeen(events, file("stepped")));

        String second = leader();
        NatsServer victim = server(second);
        servers.remove(victim);
        victim.kill();
        victim.close();
        elected(second);
        back = System.nanoTime();
        Rig.put(servers.get(0), file("killed"));
        rightAgain("the leader was killed and another one was elected", back, () -> isSeen(events, file("killed")));

        Grant renewed = get(holds.announce(file("kept"), "a", TTL, ""));
        assertThat(renewed.token()).isEqualTo(before.token());
        assertThat(renewed.hold().revision()).isGreaterThan(before.hold().revision());
        assertThat(lease.isInForce()).isTrue();
        await().atMost(PATIENCE).until(() -> events.getItems().stream()
                .anyMatch(event -> event instanceof Announced announced
                        && announced.renewal()
                        && announced.file().equals(file("kept"))));
        assertThat(events.getItems()).noneMatch(event -> event instanceof Reset);
        assertThat(events.getItems().stream().filter(event -> event instanceof Announced))
                .extracting(HoldEvent::revision)
                .isSorted()
                .doesNotHaveDuplicates();
    }

    @Test
    void aBucketThatLostItsCopiesIsPutBackWhenWanted() {
        connection.start();
        holds = KvHolds.start(
                connection,
                Rig.config("replicas", "3", "calibration-interval", "200ms", "restore-bucket", "true"),
                HoldsListener.NONE);
        await().atMost(PATIENCE).until(() -> holds.status().ready());
        Duration ttl = Duration.ofSeconds(200);
        Grant before = get(holds.announce(file("kept"), "a", ttl, ""));

        configure(is -> is.replicas(1).maxAge(Duration.ofSeconds(100)).duplicateWindow(Duration.ofSeconds(100)));
        await().atMost(PATIENCE).until(() -> configuration().getReplicas() == 3);

        assertThat(configuration().getMaxAge()).isEqualTo(Duration.ofMinutes(5));
        await().atMost(PATIENCE).until(() -> holds.status().warning().isEmpty());
        assertThat(holds.status().maxTtl()).isEqualTo(Duration.ofMinutes(5));
        // Whoever still went by the short TTL would take a hold that is in force.
        Hold kept = get(holds.list(null, null)).get(0);
        assertThat(kept.endsAt())
                .isEqualTo(get(holds.whoHas(file("kept"))).orElseThrow().endsAt());
        assertThat(Duration.between(kept.claimedAt(), kept.endsAt())).isGreaterThan(ttl.minusSeconds(1));
        assertThat(get(holds.announce(file("kept"), "a", TTL, "")).token()).isEqualTo(before.token());
    }

    private boolean isSeen(AssertSubscriber<HoldEvent> events, FilePath file) {
        return holds.status().ready()
                && events.getItems().stream().anyMatch(event -> file.equals(event.file()))
                && get(holds.list(null, null)).stream()
                        .anyMatch(hold -> hold.file().equals(file));
    }

    private String leader() {
        return String.valueOf(info().getClusterInfo().getLeader());
    }

    private StreamConfiguration configuration() {
        return info().getConfiguration();
    }

    private StreamInfo info() {
        return call(() -> raw().jetStreamManagement().getStreamInfo("KV_" + Rig.BUCKET));
    }

    private void configure(UnaryOperator<StreamConfiguration.Builder> change) {
        StreamConfiguration next =
                change.apply(StreamConfiguration.builder(configuration())).build();
        call(() -> raw().jetStreamManagement().updateStream(next));
    }

    private void stepDown() {
        call(() -> raw().request("$JS.API.STREAM.LEADER.STEPDOWN.KV_" + Rig.BUCKET, new byte[0], PATIENCE));
    }

    /** Until both, the bucket and the API, are led by another one. */
    private void elected(String before) {
        await().ignoreExceptions()
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> {
                    Message answer =
                            raw().request("$JS.API.STREAM.INFO.KV_" + Rig.BUCKET, new byte[0], Duration.ofMillis(200));
                    if (answer == null || answer.isStatusMessage()) {
                        return false;
                    }
                    StreamInfo info = new StreamInfo(answer);
                    String leader =
                            info.hasError() ? null : info.getClusterInfo().getLeader();
                    return leader != null
                            && !leader.isEmpty()
                            && !leader.equals(before)
                            && servers.stream().anyMatch(server -> server.monitor("/healthz?js-meta-only=true")
                                    .contains("\"ok\""));
                });
    }

    private NatsServer server(String name) {
        return servers.stream()
                .filter(server -> name.equals("test-" + server.port()))
                .findFirst()
                .orElseThrow();
    }

    /** A connection that no server's end can end. */
    private Connection raw() {
        if (raw == null) {
            raw = call(() -> Nats.connect(new Options.Builder()
                    .servers(servers.stream().map(NatsServer::url).toArray(String[]::new))
                    .maxReconnects(-1)
                    .reconnectWait(Duration.ofMillis(20))
                    .reconnectJitter(Duration.ofMillis(1))
                    .build()));
        }
        return raw;
    }
}
