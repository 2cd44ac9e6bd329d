package io.heddle.hold;

/**
 * An entry of the bucket that is not a hold: its key or its value cannot be read. No one is granted the file until an
 * administrator clears the entry ({@link Holds#forceRelease}) or the bucket's TTL removes it.
 */
public class CorruptHoldException extends HoldException {

    public CorruptHoldException(String message) {
        super(message);
    }

    public CorruptHoldException(String message, Throwable cause) {
        super(message, cause);
    }
}
