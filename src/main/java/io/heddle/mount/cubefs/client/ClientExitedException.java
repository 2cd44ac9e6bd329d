package io.heddle.mount.cubefs.client;

/** The client ended before its mount answered. The message has how, and its last output lines without credentials. */
public final class ClientExitedException extends RuntimeException {

    public ClientExitedException(String message) {
        super(message);
    }
}
