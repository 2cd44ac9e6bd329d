package io.heddle.mount.cubefs;

/** A new mount did not answer within {@code heddle.mounts.cubefs.mount-deadline}; it was taken down again. */
public final class MountSilentException extends RuntimeException {

    MountSilentException(String message) {
        super(message);
    }
}
