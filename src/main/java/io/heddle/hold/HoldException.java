package io.heddle.hold;

import org.jspecify.annotations.Nullable;

/** A call on holds that failed for a reason of the holds themselves; failures of the broker are {@link io.heddle.nats.BrokerException}s. */
public abstract class HoldException extends RuntimeException {

    protected HoldException(@Nullable String message) {
        super(message);
    }

    protected HoldException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
