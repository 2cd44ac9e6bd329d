package io.heddle.hold.lease;

import io.heddle.hold.Grant;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldName;
import io.heddle.hold.HoldsClosedException;
import io.heddle.hold.ReleaseOutcome;
import io.heddle.hold.bucket.HoldEngine;
import io.heddle.hold.bucket.HoldEntry;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The leases of this process, each notified of the changes of its file. Thread-safe. */
public final class Leases {

    private final HoldEngine engine;
    private final Map<RenewingLease, Runnable> open = new ConcurrentHashMap<>();
    private volatile boolean closed;

    public Leases(HoldEngine engine) {
        this.engine = engine;
    }

    /** Starts a lease over a grant. */
    public RenewingLease start(Grant grant) {
        Hold hold = grant.hold();
        RenewingLease lease = new RenewingLease(grant, this, engine);
        open.put(lease, engine.watchers.add(HoldName.of(hold), lease));
        HoldEntry newest = engine.index.lookup(HoldName.of(hold));
        boolean overtaken = newest != null && newest.revision() > hold.revision();
        lease.start(overtaken ? Duration.ZERO : hold.ttl().dividedBy(3));
        return lease;
    }

    /** Releases what was granted for the lease, but not what its holder had before or has renewed by another call since. */
    public Uni<Void> undo(RenewingLease lease) {
        lease.abandon();
        return engine.undo(lease.grant());
    }

    /** As {@link #undo}, without waiting; a failure is logged. */
    public void undoLater(RenewingLease lease) {
        lease.abandon();
        engine.undoLater(lease.grant());
    }

    /** Stops all leases; the holds stay until their ttl ends. */
    public void close() {
        closed = true;
        open.keySet().forEach(RenewingLease::abandon);
    }

    /** Ends the grant with the hold's token, if it is there. */
    Uni<ReleaseOutcome> release(Hold hold) {
        return closed
                ? Uni.createFrom().failure(new HoldsClosedException())
                : engine.change(HoldName.of(hold), entry -> engine.rules.releaseGrant(hold, entry));
    }

    void ended(RenewingLease lease) {
        Runnable unwatch = open.remove(lease);
        if (unwatch != null) {
            unwatch.run();
        }
    }
}
