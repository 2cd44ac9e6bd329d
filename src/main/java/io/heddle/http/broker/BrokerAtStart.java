package io.heddle.http.broker;

import io.heddle.fleet.Fleet;
import io.heddle.hold.Holds;
import io.heddle.nats.NatsConnection;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;

/**
 * The application needs the broker for every endpoint, so it connects when it starts. A host that embeds us is connected when it
 * first uses something that needs it.
 */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class BrokerAtStart {

    /** The connection is on its way once it has been made; here it only has to be asked for. */
    void connect(
            @Observes StartupEvent event, NatsConnection connection, Instance<Holds> holds, Instance<Fleet> fleet) {
        connection.state();
        if (holds.isResolvable()) {
            holds.get().status(); // reads the bucket from now on, so that the first call finds the index ready
        }
        if (fleet.isResolvable()) {
            fleet.get().vms(); // listens from now on, and goes on with what other replicas left unfinished
        }
    }
}
