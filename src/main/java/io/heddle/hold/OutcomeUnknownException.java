package io.heddle.hold;

/**
 * The broker did not answer a write in time, or stored it only after its hold had ended: the write may have happened or may still
 * happen, and the caller must not rely on either. This process rolls back a grant that appears later, so a file is never held for
 * a caller that received this; when the process ends before, the hold ends with its ttl.
 */
public class OutcomeUnknownException extends HoldException {

    private final FilePath file;

    public OutcomeUnknownException(FilePath file, Throwable cause) {
        super("the outcome of the write for " + file + " is unknown: " + cause.getMessage(), cause);
        this.file = file;
    }

    public FilePath file() {
        return file;
    }
}
