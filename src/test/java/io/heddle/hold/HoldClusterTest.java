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
import io.nats.client.api.StreamConfiguration;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Three servers and three copies of the bucket: its leader changes, its configuration does. */
class HoldClusterTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final BucketCluster cluster = new BucketCluster();
    private final NatsConnection connection =
            new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", cluster.urls())), null);
    private KvHolds holds;

    @AfterEach
    void end() {
        holds.close();
        connection.close();
        cluster.close();
    }

    @Test
    void holdsSurviveTheirLeader() {
        connection.start();
        holds = KvHolds.start(connection, Rig.config("replicas", "3"), HoldsListener.NONE);
        await().atMost(PATIENCE).until(() -> holds.status().ready());
        AssertSubscriber<HoldEvent> events = holds.subscribe().subscribe().withSubscriber(AssertSubscriber.create(100));
        Grant before = get(holds.announce(new HoldRequest(file("kept"), "a", TTL)));
        HoldLease lease = get(holds.acquire(new HoldRequest(file("lease"), "a", TTL)));

        String first = cluster.awaitLeader();
        cluster.stepDown();
        cluster.awaitOther(first);
        long back = System.nanoTime();
        Rig.put(cluster.servers.get(0), file("stepped"));
        rightAgain("the leader stepped down", back, () -> isSeen(events, file("stepped")));

        String second = cluster.awaitLeader();
        NatsServer victim = cluster.server(second);
        cluster.servers.remove(victim);
        victim.kill();
        victim.close();
        cluster.awaitOther(second);
        back = System.nanoTime();
        Rig.put(cluster.servers.get(0), file("killed"));
        rightAgain("the leader was killed and another one was elected", back, () -> isSeen(events, file("killed")));

        Grant renewed = get(holds.announce(new HoldRequest(file("kept"), "a", TTL)));
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
    void aBucketThatLostItsReplicasIsRestoredIfConfigured() {
        connection.start();
        holds = KvHolds.start(
                connection,
                Rig.config("replicas", "3", "calibration-interval", "200ms", "restore-bucket", "true"),
                HoldsListener.NONE);
        await().atMost(PATIENCE).until(() -> holds.status().ready());
        Duration ttl = Duration.ofSeconds(200);
        Grant before = get(holds.announce(new HoldRequest(file("kept"), "a", ttl)));

        configure(is -> is.replicas(1).maxAge(Duration.ofSeconds(100)).duplicateWindow(Duration.ofSeconds(100)));
        await().atMost(PATIENCE).until(() -> configuration().getReplicas() == 3);

        assertThat(configuration().getMaxAge()).isEqualTo(Duration.ofMinutes(5));
        await().atMost(PATIENCE).until(() -> holds.status().warning().isEmpty());
        assertThat(holds.status().maxTtl()).isEqualTo(Duration.ofMinutes(5));
        // Whoever still went by the short TTL would take a hold that is in force.
        Hold kept = get(holds.list(HoldFilter.ALL)).get(0);
        assertThat(kept.endsAt())
                .isEqualTo(get(holds.whoHas(file("kept"))).orElseThrow().endsAt());
        assertThat(Duration.between(kept.claimedAt(), kept.endsAt())).isGreaterThan(ttl.minusSeconds(1));
        assertThat(get(holds.announce(new HoldRequest(file("kept"), "a", TTL))).token())
                .isEqualTo(before.token());
    }

    private boolean isSeen(AssertSubscriber<HoldEvent> events, FilePath file) {
        return holds.status().ready()
                && events.getItems().stream().anyMatch(event -> file.equals(event.file()))
                && get(holds.list(HoldFilter.ALL)).stream()
                        .anyMatch(hold -> hold.file().equals(file));
    }

    private StreamConfiguration configuration() {
        return call(() -> cluster.raw().jetStreamManagement().getStreamInfo("KV_" + Rig.BUCKET))
                .getConfiguration();
    }

    private void configure(UnaryOperator<StreamConfiguration.Builder> change) {
        StreamConfiguration next =
                change.apply(StreamConfiguration.builder(configuration())).build();
        call(() -> cluster.raw().jetStreamManagement().updateStream(next));
    }
}
