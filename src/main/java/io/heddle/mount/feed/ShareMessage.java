package io.heddle.mount.feed;

import io.heddle.mount.ShareSubjects;
import io.nats.client.impl.Headers;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A message as it was published; it may contain credentials.
 *
 * @param vmId whose share it is
 * @param data not copied: treat as read-only
 * @param headers null when it has none
 */
@SuppressWarnings("ArrayRecordComponent") // compared by hasBytesOf; a copy of each message would be wasteful
public record ShareMessage(
        String vmId, byte[] data, @Nullable Headers headers) {

    /**
     * Returns a message as it arrived.
     *
     * @param subject of a share: see {@link ShareSubjects#subject}
     */
    public static ShareMessage on(String subject, byte[] data, @Nullable Headers headers) {
        return new ShareMessage(ShareSubjects.vmId(subject), data, headers);
    }

    boolean hasBytesOf(ShareMessage other) {
        return vmId.equals(other.vmId) && Arrays.equals(data, other.data);
    }

    /** Omits the message, which may contain credentials. */
    @Override
    public String toString() {
        return "ShareMessage[" + vmId + ", " + data.length + " bytes]";
    }
}
