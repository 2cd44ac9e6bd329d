package io.heddle.hold;

/**
 * An entry of the bucket that is no hold: its key or its value cannot be read. Nobody is granted the file until an
 * administrator has cleared it ({@link Holds#forceRelease}) or the bucket's TTL has taken it away.
 */
public class CorruptHoldException extends HoldException {

    private static final long serialVersionUID = 1L;

    public CorruptHoldException(String message) {
        super(message);
    }

    public CorruptHoldException(String message, Throwable cause) {
        super(message, cause);
    }
}
