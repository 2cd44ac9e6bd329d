package io.heddle.fleet.publish;

import io.heddle.mount.ShareMount.Action;
import java.util.Arrays;

/**
 * A share message to publish to a VM.
 *
 * @param bytes the message, with credentials
 */
@SuppressWarnings("ArrayRecordComponent") // compared here, never changed
public record PendingMessage(String shareId, Action action, byte[] bytes) {

    /** The bytes contain the other fields. */
    @Override
    public boolean equals(Object other) {
        return other instanceof PendingMessage outgoing && Arrays.equals(outgoing.bytes, bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Omits the message, which holds credentials. */
    @Override
    public String toString() {
        return "PendingMessage[" + shareId + ", " + action + "]";
    }
}
