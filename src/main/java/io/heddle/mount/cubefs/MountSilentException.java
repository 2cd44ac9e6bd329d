package io.heddle.mount.cubefs;

/** A mount did not answer in time: a new one within {@code mount-deadline}, one that was there within a check. */
public final class MountSilentException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    MountSilentException(String message) {
        super(message);
    }
}
