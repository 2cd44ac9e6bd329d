package io.heddle.hold.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.FilePath;
import io.heddle.hold.Grant;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldEvent.Announced;
import io.heddle.hold.HoldEvent.Released;
import io.heddle.hold.HoldEvent.Reset;
import io.heddle.hold.HoldEvent.Synced;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.Holds;
import io.heddle.hold.Rig;
import io.heddle.testsupport.BrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
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
        private volatile CountDownLatch mayGoOn = new CountDownLatch(0);

        @Incoming("hold-events")
        void happened(HoldEvent event) throws InterruptedException {
            mayGoOn.await();
            events.add(event);
        }

        List<HoldEvent> events() {
            return events;
        }

        void stop() {
            mayGoOn = new CountDownLatch(1);
        }

        void goOn() {
            mayGoOn.countDown();
        }
    }

    @Test
    void aChannelGetsTheEventsOfItsFiles() {
        FilePath file = FilePath.of("/connector/file");
        Rig.get(holds.announce(new HoldRequest(FilePath.of("/elsewhere"), "a", Duration.ofSeconds(30))));
        Grant grant = Rig.get(holds.announce(new HoldRequest(file, "a", Duration.ofSeconds(30))));
        Rig.get(holds.release(file, "a"));

        await().until(() -> ofThatFile(file).size() == 2);

        assertThat(watcher.events()).hasAtLeastOneElementOfType(Synced.class);
        assertThat(watcher.events())
                .noneMatch(event -> FilePath.of("/elsewhere").equals(event.file()));
        assertThat(ofThatFile(file).get(0)).isInstanceOfSatisfying(Announced.class, event -> assertThat(
                        event.hold().token())
                .isEqualTo(grant.token()));
        assertThat(ofThatFile(file).get(1)).isInstanceOf(Released.class);
        assertThat(holds.status().ready()).isTrue();
    }

    @Test
    void aChannelThatWasTooSlowGetsWhatItMissed() {
        await().until(() -> watcher.events().stream().anyMatch(Synced.class::isInstance));
        long before = holds.status().evicted();
        watcher.stop();
        List<FilePath> files = IntStream.range(0, 100)
                .mapToObj(i -> FilePath.of("/connector/slow-" + i))
                .toList();
        files.forEach(file -> Rig.get(holds.announce(new HoldRequest(file, "slow", Duration.ofSeconds(30)))));
        await().until(() -> holds.status().evicted() > before);

        watcher.goOn();

        await().untilAsserted(() -> assertThat(announced()).isEqualTo(files));
        assertThat(watcher.events()).doesNotHaveAnyElementsOfTypes(Reset.class);
    }

    private List<HoldEvent> ofThatFile(FilePath file) {
        return watcher.events().stream()
                .filter(event -> file.equals(event.file()))
                .toList();
    }

    private List<FilePath> announced() {
        return watcher.events().stream()
                .filter(event -> event instanceof Announced announced
                        && announced.hold().holder().equals("slow"))
                .map(HoldEvent::file)
                .toList();
    }
}
