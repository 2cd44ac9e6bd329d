package io.heddle.fleet;

import io.heddle.fleet.SharePublisher.Published;
import io.heddle.mount.ShareMount.Action;
import io.heddle.nats.Observation;
import java.util.List;

/** Observes publishes, for meters and traces. Called on the publishing thread: must not block. */
public interface PublishListener {

    /** Does nothing. */
    PublishListener NONE = new PublishListener() {};

    /** A share is published to a VM, by itself or for a group. The headers of the observation are sent with the message. */
    default Observation<Published> publishing(String vmId, String shareId, Action action) {
        return Observation.none();
    }

    /** Combines several listeners. */
    static PublishListener all(List<PublishListener> listeners) {
        return new PublishListener() {
            @Override
            public Observation<Published> publishing(String vmId, String shareId, Action action) {
                return Observation.all(listeners.stream()
                        .map(listener -> listener.publishing(vmId, shareId, action))
                        .toList());
            }
        };
    }
}
