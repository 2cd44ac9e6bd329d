package io.heddle.http.hold;

import io.heddle.hold.Hold;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A wait for a file was longer than the client wanted to wait. */
final class WaitTimedOutException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient @Nullable Hold holder;

    WaitTimedOutException(Throwable cause, @Nullable Hold holder) {
        super(cause.getMessage(), cause);
        this.holder = holder;
    }

    /** Who has it; empty when it became free right then. */
    Optional<Hold> holder() {
        return Optional.ofNullable(holder);
    }
}
