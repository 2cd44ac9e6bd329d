package io.heddle.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.mount.DeliveryMode;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareMount;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Publishing to one VM, with a real broker. */
class SharePublisherTest {

    /** Fault G3: with a node agent listening, the caller used to get an unknown outcome after five seconds. */
    @Test
    void reportsCoreDeliveryWhereTheBrokerHasNoJetStream() throws Exception {
        try (NatsServer server = NatsServer.create().jetStream(false)) {
            server.start();
            try (NatsConnection connection = new NatsConnection(
                            Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", server.url())), null);
                    Connection agent = Nats.connect(server.url())) {
                connection.start();
                await().until(() -> connection.state().isConnected());
                Subscription received = agent.subscribe("weft.mounts.vm");
                agent.flush(Duration.ofSeconds(5));
                SharePublisher publisher =
                        new SharePublisher(connection, Configs.of(MountsConfig.class, Map.of()), List.of());

                long began = System.nanoTime();
                SharePublisher.Published published = publisher
                        .publish("vm", FleetRig.share("data", "volume"))
                        .await()
                        .atMost(Duration.ofSeconds(30));

                assertThat(published).isEqualTo(new SharePublisher.Published(0, DeliveryMode.CORE));
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
                assertThat(received.nextMessage(Duration.ofSeconds(5))).isNotNull();
            }
        }
    }

    /** Fault G4: weft refuses an unmount without a mount point. */
    @Test
    void anUnmountOfAnUnknownShareHasAMountPoint() {
        try (FleetRig rig = new FleetRig(NatsServer.started())) {
            SharePublisher publisher =
                    new SharePublisher(rig.connection(), Configs.of(MountsConfig.class, Map.of()), List.of());

            FleetRig.get(publisher.publish("vm", ShareMount.unmount("unknown", "")));
            FleetRig.get(publisher.publish("vm", FleetRig.share("data", "volume")));
            FleetRig.get(publisher.publish("vm", ShareMount.unmount("data", "")));

            assertThat(rig.published("vm"))
                    .containsExactly(
                            "unmount unknown /run/weft/shares/unknown",
                            "mount data volume",
                            "unmount data /workspace/data");
        }
    }
}
