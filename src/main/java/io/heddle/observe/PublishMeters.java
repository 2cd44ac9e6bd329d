package io.heddle.observe;

import io.heddle.fleet.PublishListener;
import io.heddle.fleet.SharePublisher.Published;
import io.heddle.mount.ShareMount.Action;
import io.heddle.nats.Observation;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** The meters of what is published to VMs. */
@Singleton
@IfBuildProperty(name = "heddle.observe.enabled", stringValue = "true")
final class PublishMeters implements PublishListener {

    private final OutcomeTimers<PublishOutcome> publishes;

    PublishMeters(MeterRegistry registry) {
        this.publishes = new OutcomeTimers<>(
                PublishOutcome.class,
                "heddle.fleet.publish.duration",
                "How long publishing a share to a VM took, by how it ended",
                registry);
    }

    /** Makes this bean at the start, so that its series are there before anything is published. */
    void register(@Observes StartupEvent event) {}

    @Override
    public Observation<Published> publishing(String vmId, String shareId, Action action) {
        long began = System.nanoTime();
        return new Observation<>() {
            @Override
            public void succeeded(Published published) {
                ended(PublishOutcome.of(published));
            }

            @Override
            public void failed(Throwable failure) {
                ended(PublishOutcome.of(failure));
            }

            private void ended(PublishOutcome outcome) {
                publishes.ended(outcome, began);
            }
        };
    }
}
