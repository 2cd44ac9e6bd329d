package io.heddle.fleet;

import io.heddle.fleet.SharePublisher.Published;
import io.heddle.mount.ShareMount.Action;
import io.heddle.nats.Observation;
import java.util.List;

/** Sees what is published: for meters and traces. Called on whatever thread publishes: must not block. */
public interface PublishListener {

    /** Does nothing. */
    PublishListener NONE = new PublishListener() {};

    /** A share's wanted state is sent to a VM, alone or for a group. What the observation carries travels with the message. */
    default Observation<Published> publishing(String vmId, String shareId, Action action) {
        return Observation.none();
    }

    /** All of several. */
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
