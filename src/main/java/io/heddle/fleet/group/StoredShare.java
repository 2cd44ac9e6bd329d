package io.heddle.fleet.group;

import io.heddle.fleet.GroupShare;
import io.heddle.mount.CubeFs;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
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
        CubeFs cubefs = share.cubefs();
        GroupShare shown = new GroupShare(
                share.id(),
                share.mountPoint(),
                share.backend(),
                share.readonly(),
                cubefs == null ? "" : cubefs.volume());
        return new StoredShare(shown, ShareMessages.toBytes(share), order);
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
