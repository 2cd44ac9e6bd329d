package io.heddle.mount.cubefs;

/** An unmount failed for another reason than open files. The share stays served. */
public final class UnmountFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UnmountFailedException(String message) {
        super(message);
    }
}
