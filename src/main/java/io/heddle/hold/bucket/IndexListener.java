package io.heddle.hold.bucket;

import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldName;
import io.heddle.stream.StreamIdentity;
import java.time.Instant;

/** Called under the index's lock, in order: must not block, and may call back for lookups only. */
interface IndexListener {

    void happened(HoldEvent event);

    /** An entry of the watch was applied. */
    void applied(HoldName name, HoldEntry entry);

    /** The index is complete up to here: the first time, and after each gap or {@link #forgotten}. */
    void caughtUp(StreamIdentity stream, long position);

    /** The bucket was replaced; nothing is known until {@link #caughtUp}. */
    void forgotten();

    /** {@link HoldIndex#expire()} must be called at this time. */
    void due(Instant when);
}
