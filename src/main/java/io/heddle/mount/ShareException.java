package io.heddle.mount;

import org.jspecify.annotations.Nullable;

/** A share that was refused, or could not be mounted or unmounted. */
public abstract class ShareException extends RuntimeException {

    protected ShareException(@Nullable String message) {
        super(message);
    }

    protected ShareException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
