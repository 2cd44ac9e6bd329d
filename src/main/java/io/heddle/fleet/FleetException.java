package io.heddle.fleet;

import org.jspecify.annotations.Nullable;

/** A call on the control plane that failed for a reason of its own; failures of the broker are {@link io.heddle.nats.BrokerException}s. */
public abstract class FleetException extends RuntimeException {

    protected FleetException(@Nullable String message) {
        super(message);
    }

    protected FleetException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
