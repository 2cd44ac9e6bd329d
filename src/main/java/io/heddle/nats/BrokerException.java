package io.heddle.nats;

import org.jspecify.annotations.Nullable;

/** A request to the broker that failed; each subclass is one kind of failure. */
public abstract class BrokerException extends RuntimeException {

    protected BrokerException(@Nullable String message) {
        super(message);
    }

    protected BrokerException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
