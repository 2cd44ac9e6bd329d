package io.heddle.fleet.publish;

import io.heddle.mount.ShareMount.Action;
import java.util.Arrays;

/**
 * A share's wanted state on its way to a VM.
 *
 * @param bytes the whole message, credentials included
 */
@SuppressWarnings("ArrayRecordComponent") // compared here, and never changed
public record PendingMessage(String shareId, Action action, byte[] bytes) {

    /** The message says the rest too. */
    @Override
    public boolean equals(Object other) {
        return other instanceof PendingMessage outgoing && Arrays.equals(outgoing.bytes, bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Without the message: it has credentials. */
    @Override
    public String toString() {
        return "PendingMessage[" + shareId + ", " + action + "]";
    }
}
