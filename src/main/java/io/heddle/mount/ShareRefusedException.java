package io.heddle.mount;

/**
 * A share message breaks a rule, so it is not applied. The message says which rule, names the field, and never repeats a
 * credential.
 */
public class ShareRefusedException extends ShareException {

    /** What kind of rule was broken: the value of the {@code reason} tag of the rejected meter. */
    public enum Reason {
        DECODE,
        TOO_LARGE,
        ID,
        ACTION,
        MOUNT_POINT,
        ALLOWED_ROOTS,
        BACKEND,
        CUBEFS,
        /** The part of a backend other than CubeFS. */
        SOURCE,
        /** Another share, or a mount that is not ours, holds the mount point. */
        PLACE_TAKEN
    }

    private final Reason reason;
    private final String detail;

    public ShareRefusedException(Reason reason, String detail) {
        super(detail);
        this.reason = reason;
        this.detail = detail;
    }

    /** Returns which rule was broken, human-readable. */
    public String detail() {
        return detail;
    }

    public Reason reason() {
        return reason;
    }
}
