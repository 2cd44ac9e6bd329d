package io.heddle.hold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.HoldEvent.Announced;
import io.heddle.hold.HoldEvent.Released;
import io.heddle.hold.HoldEvent.Synced;
import io.heddle.testsupport.BrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class HoldsConnectorTest {

    @Inject
    Holds holds;

    @Inject
    Watcher watcher;

    /** What any host may write. */
    @ApplicationScoped
    static class Watcher {
        private final List<HoldEvent> events = new CopyOnWriteArrayList<>();

        @Incoming("hold-events")
        void happened(HoldEvent event) {
            events.add(event);
        }

        List<HoldEvent> events() {
            return events;
        }
    }

    @Test
    void aChannelGetsTheEventsOfItsFiles() {
        FilePath file = FilePath.of("/connector/file");
        Rig.get(holds.announce(FilePath.of("/elsewhere"), "a", Duration.ofSeconds(30), ""));
        Grant grant = Rig.get(holds.announce(file, "a", Duration.ofSeconds(30), ""));
        Rig.get(holds.release(file, "a"));

        await().until(() -> watcher.events().size() == 3);

        assertThat(watcher.events().get(0)).isInstanceOf(Synced.class);
        assertThat(watcher.events().get(1)).isInstanceOfSatisfying(Announced.class, event -> assertThat(
                        event.hold().token())
                .isEqualTo(grant.token()));
        assertThat(watcher.events().get(2)).isInstanceOf(Released.class);
        assertThat(holds.status().ready()).isTrue();
    }
}
