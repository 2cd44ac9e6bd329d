package io.heddle.mount.cubefs.kernel;

/** A helper process failed or gave no answer in time. The message has what it said; helpers never know a credential. */
public final class HelperFailedException extends RuntimeException {

    public HelperFailedException(String what, HelperResult result) {
        super(what + ": "
                + (result.output().isBlank()
                        ? "exit " + result.exitCode()
                        : result.output().strip()));
    }
}
