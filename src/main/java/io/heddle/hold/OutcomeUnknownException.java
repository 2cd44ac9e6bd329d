package io.heddle.hold;

/**
 * The broker went away in the middle of a write and did not come back in time: the write may have happened or may happen yet.
 * Do not act on either. A grant that shows up later is taken back by this process, so a file is never held for a caller
 * that was told this; should the process end before, the hold ends with its ttl.
 */
public class OutcomeUnknownException extends HoldException {

    private static final long serialVersionUID = 1L;

    private final FilePath file;

    public OutcomeUnknownException(FilePath file, Throwable cause) {
        super("whether the write for " + file + " happened is not known: " + cause.getMessage(), cause);
        this.file = file;
    }

    public FilePath file() {
        return file;
    }
}
