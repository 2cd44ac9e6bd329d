package io.heddle.fleet.group;

import com.fasterxml.jackson.databind.JsonNode;
import io.heddle.fleet.GroupShare;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import io.heddle.mount.backend.Backends;
import java.util.Arrays;
import java.util.Objects;

/**
 * A share in a group's record.
 *
 * @param message the validated message to publish to the members, with credentials
 * @param order decides between several groups: higher than that of every version that its writer had seen
 */
@SuppressWarnings("ArrayRecordComponent") // compared below, never changed
public record StoredShare(GroupShare shown, byte[] message, long order) {

    public static StoredShare of(ShareMount share, long order) {
        return new StoredShare(shown(ShareMessages.toJson(share)), ShareMessages.toBytes(share), order);
    }

    /** Returns what may be shown of a message. */
    static GroupShare shown(JsonNode message) {
        return new GroupShare(
                message.required("id").textValue(),
                message.path("mount_point").asText(),
                message.path("backend").asText(),
                message.path("readonly").asBoolean(),
                Backends.shown(message));
    }

    public StoredShare ordered(long among) {
        return new StoredShare(shown, message, among);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StoredShare kept && kept.order == order && Arrays.equals(kept.message, message);
    }

    @Override
    public int hashCode() {
        return Objects.hash(Arrays.hashCode(message), order);
    }

    /** Omits the message, which holds credentials. */
    @Override
    public String toString() {
        return "StoredShare[" + shown + ", order=" + order + "]";
    }
}
