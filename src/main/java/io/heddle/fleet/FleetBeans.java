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

/** Creates the control plane of the application at its first use. */
@Singleton
final class FleetBeans {

    private volatile @Nullable Fleet created;

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
        created = fleet;
        return fleet;
    }

    /** Stops before the beans, the connection among them, are disposed of in any order. */
    void stop(@Observes ShutdownEvent event) {
        Fleet fleet = created;
        if (fleet != null) {
            fleet.close();
        }
    }

    void close(@Disposes Fleet fleet) {
        fleet.close();
    }
}
