package io.heddle.fleet;

import io.heddle.mount.MountsConfig;
import io.heddle.nats.NatsConnection;
import io.quarkus.arc.lookup.LookupIfProperty;
import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** Makes the control plane of the application, when something asks for it. */
@Singleton
final class FleetBeans {

    private volatile @Nullable Fleet made;

    @Produces
    @Singleton
    @LookupIfProperty(name = "heddle.fleet.enabled", stringValue = "true", lookupIfMissing = true)
    Fleet fleet(
            NatsConnection connection,
            FleetConfig config,
            MountsConfig mounts,
            @Any Instance<PublishListener> listeners) {
        Fleet fleet = Fleet.start(
                connection,
                config,
                mounts,
                PublishListener.all(listeners.stream().toList()),
                Infrastructure.getDefaultWorkerPool());
        made = fleet;
        return fleet;
    }

    /** Before the beans are disposed of, the connection among them, in whatever order. */
    void stop(@Observes ShutdownEvent event) {
        Fleet fleet = made;
        if (fleet != null) {
            fleet.close();
        }
    }

    void close(@Disposes Fleet fleet) {
        fleet.close();
    }
}
