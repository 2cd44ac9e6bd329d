package io.heddle.fleet;

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
record KeptShare(GroupShare shown, byte[] message, long order) {

    static KeptShare of(ShareMount share, long order) {
        CubeFs cubefs = share.cubefs();
        GroupShare shown = new GroupShare(
                share.id(),
                share.mountPoint(),
                share.backend(),
                share.readonly(),
                cubefs == null ? "" : cubefs.volume());
        return new KeptShare(shown, ShareMessages.toBytes(share), order);
    }

    KeptShare ordered(long among) {
        return new KeptShare(shown, message, among);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeptShare kept && kept.order == order && Arrays.equals(kept.message, message);
    }

    @Override
    public int hashCode() {
        return Objects.hash(Arrays.hashCode(message), order);
    }

    /** Without the message: it has credentials. */
    @Override
    public String toString() {
        return "KeptShare[" + shown + ", order=" + order + "]";
    }
}
