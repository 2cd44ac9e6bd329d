package io.heddle.http.broker;

import io.heddle.fleet.Fleet;
import io.heddle.hold.HoldHistory;
import io.heddle.hold.Holds;
import io.heddle.nats.NatsConnection;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;

/**
 * Connects at start: every endpoint needs the broker. A host that embeds this jar without endpoints connects at its first use.
 */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class BrokerAtStart {

    void connect(
            @Observes StartupEvent event,
            NatsConnection connection,
            Instance<Holds> holds,
            Instance<HoldHistory> history,
            Instance<Fleet> fleet) {
        connection.state();
        if (holds.isResolvable()) {
            holds.get().status(); // starts to read the bucket, so that the index is ready at the first call
        }
        if (history.isResolvable()) {
            history.get(); // recorded from now on
        }
        if (fleet.isResolvable()) {
            fleet.get().vms(); // starts to listen, and resumes what other replicas left unfinished
        }
    }
}
