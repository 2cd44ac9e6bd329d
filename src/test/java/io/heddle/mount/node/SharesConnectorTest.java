package io.heddle.mount.node;

import static org.awaitility.Awaitility.await;

import io.heddle.mount.ShareEvent;
import io.heddle.mount.ShareEvent.Changed;
import io.heddle.mount.ShareEvent.Rejected;
import io.heddle.mount.ShareState;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.BrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class SharesConnectorTest {

    @Inject
    NatsConnection nats;

    @Inject
    Watcher watcher;

    @ConfigProperty(name = "heddle.mounts.allowed-roots")
    String allowedRoot;

    /** What any host may write. */
    @ApplicationScoped
    static class Watcher {
        private final List<ShareEvent> events = new CopyOnWriteArrayList<>();

        @Incoming("share-events")
        void happened(ShareEvent event) {
            events.add(event);
        }

        List<ShareEvent> events() {
            return events;
        }
    }

    @Test
    void aChannelGetsWhatHappensToTheSharesOfThisMachine() {
        await().until(() -> nats.state().isConnected());

        publish(allowedRoot + "/connector");
        publish("/etc/connector");

        await().until(() -> watcher.events().stream()
                .anyMatch(event -> event instanceof Changed changed
                        && changed.status().id().equals("connector")
                        && changed.status().state() == ShareState.MOUNTED));
        await().until(() -> watcher.events().stream()
                .anyMatch(event -> event instanceof Rejected rejected && "connector".equals(rejected.id())));
    }

    private void publish(String mountPoint) {
        nats.require().publish("weft.mounts.vm-1", """
                {"id": "connector", "mount_point": "%s",
                 "cubefs": {"volume": "v", "masters": ["10.9.0.1:17010"], "owner": "o"}}
                """.formatted(mountPoint).getBytes(StandardCharsets.UTF_8));
    }
}
