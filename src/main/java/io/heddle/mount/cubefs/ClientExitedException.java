package io.heddle.mount.cubefs;

/** The client ended before its mount answered. The message has how, and its last output lines without credentials. */
public final class ClientExitedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ClientExitedException(String message) {
        super(message);
    }
}
