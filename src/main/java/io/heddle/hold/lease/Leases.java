package io.heddle.hold.lease;

import static io.heddle.hold.bucket.HoldLog.LOG;

import io.heddle.hold.Grant;
import io.heddle.hold.Hold;
import io.heddle.hold.ReleaseOutcome;
import io.heddle.hold.bucket.HoldEngine;
import io.heddle.hold.bucket.HoldEntry;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** The leases of this process, each fed with the events of its file. Thread-safe. */
public final class Leases implements RenewingLease.Actions {

    private final HoldEngine engine;
    private final Map<RenewingLease, Runnable> open = new ConcurrentHashMap<>();

    public Leases(HoldEngine engine) {
        this.engine = engine;
    }

    /** A lease over a hold that was just granted. */
    RenewingLease over(Hold hold) {
        RenewingLease lease = new RenewingLease(hold, this, engine.clock, engine.scheduler);
        open.put(lease, engine.watchers.add(hold.file(), lease::happened));
        HoldEntry newest = engine.index.lookup(hold.file());
        boolean overtaken = newest != null && newest.revision() > hold.revision();
        return lease.start(overtaken ? Duration.ZERO : hold.ttl().dividedBy(3));
    }

    /** A lease over what was granted or renewed for it. */
    public Taken taken(Grant grant) {
        return new Taken(over(grant.hold()), grant.renewal());
    }

    /**
     * A lease that may be undone.
     *
     * @param renewal whether its agent had the file before: then it keeps it
     */
    public record Taken(RenewingLease lease, boolean renewal) {}

    /** Gives back what was granted for it, but neither what its agent had before nor what it renewed since by another call. */
    public Uni<Void> undo(Taken taken) {
        RenewingLease lease = taken.lease();
        lease.abandon();
        return taken.renewal()
                ? Uni.createFrom().voidItem()
                : takeBack(lease.hold()).replaceWithVoid();
    }

    /** The same without waiting. */
    public void giveBack(Taken taken) {
        undo(taken)
                .subscribe()
                .with(
                        done -> {},
                        failure -> LOG.notTakenBack(taken.lease().file(), String.valueOf(failure.getMessage())));
    }

    /** Stops all of them; the holds stay until their ttl ends. */
    public void close() {
        open.keySet().forEach(RenewingLease::abandon);
    }

    @Override
    public Uni<Grant> renew(Hold hold, BooleanSupplier wanted) {
        return engine.renew(hold, wanted);
    }

    @Override
    public Uni<ReleaseOutcome> takeBack(Hold hold) {
        return engine.takenBack(hold);
    }

    @Override
    public Uni<ReleaseOutcome> release(Hold hold) {
        return engine.change(hold.file(), (entry, fromLeader) -> engine.rules.releaseGrant(hold, entry, fromLeader));
    }

    @Override
    public Uni<Void> recalibrate() {
        return engine.recalibrate();
    }

    @Override
    public void over(RenewingLease lease) {
        Runnable unwatch = open.remove(lease);
        if (unwatch != null) {
            unwatch.run();
        }
    }
}
