package io.heddle.fleet.group;

import io.heddle.fleet.GroupShare;
import io.heddle.mount.CubeFs;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import java.util.Arrays;
import java.util.Objects;

/**
 * A share as a group's record keeps it.
 *
 * @param message what is published to the members, credentials included; it was validated when the group got it
 * @param order which of several groups gave it last: higher than that of every version that its writer had seen
 */
@SuppressWarnings("ArrayRecordComponent") // compared below, and never changed
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

    /** Without the message: it has credentials. */
    @Override
    public String toString() {
        return "StoredShare[" + shown + ", order=" + order + "]";
    }
}
