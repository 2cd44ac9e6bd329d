package io.heddle.fleet;

import io.heddle.fleet.SharePublisher.Published;
import io.heddle.mount.ShareMount;
import io.heddle.stream.Observation;

/** Sees what is published: for meters and traces. Called on the client library's threads: must not block. */
public interface PublishListener {

    /** A share's wanted state is published to a VM. What the observation carries travels with the message. */
    default Observation<Published> publishing(String vmId, ShareMount share) {
        return Observation.none();
    }
}
