package io.heddle.mount.cubefs;

/** An unmount failed for another reason than open files. The share stays served. */
public final class UnmountFailedException extends RuntimeException {

    UnmountFailedException(String message) {
        super(message);
    }
}
