package io.heddle.coding;

import io.heddle.hold.HoldException;

/** A session would hold more, or a subject have more sessions, than {@link CodingConfig} allows. */
public final class SessionLimitException extends HoldException {

    SessionLimitException(String message) {
        super(message);
    }
}
