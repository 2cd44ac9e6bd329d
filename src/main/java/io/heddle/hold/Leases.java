package io.heddle.hold;

import static io.heddle.hold.HoldLog.LOG;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** The leases of this process, each fed with the events of its file. Thread-safe. */
final class Leases implements HoldLease.Actions {

    private final HoldEngine engine;
    private final Map<HoldLease, Runnable> open = new ConcurrentHashMap<>();

    Leases(HoldEngine engine) {
        this.engine = engine;
    }

    /** A lease over a hold that was just granted. */
    HoldLease over(Hold hold) {
        HoldLease lease = new HoldLease(hold, this, engine.clock, engine.scheduler);
        open.put(lease, engine.watchers.add(hold.file(), lease::happened));
        HoldEntry newest = engine.index.lookup(hold.file());
        boolean overtaken = newest != null && newest.revision() > hold.revision();
        return lease.start(overtaken ? Duration.ZERO : hold.ttl().dividedBy(3));
    }

    /** A lease over what was granted or renewed for it. */
    Taken taken(Grant grant) {
        return new Taken(over(grant.hold()), grant.renewal());
    }

    /**
     * A lease that may be undone.
     *
     * @param renewal whether its agent had the file before: then it keeps it
     */
    record Taken(HoldLease lease, boolean renewal) {}

    /** Gives back what was granted for it, but neither what its agent had before nor what it renewed since by another call. */
    Uni<Void> undo(Taken taken) {
        HoldLease lease = taken.lease();
        lease.abandon();
        return taken.renewal()
                ? Uni.createFrom().voidItem()
                : takeBack(lease.hold()).replaceWithVoid();
    }

    /** The same without waiting. */
    void giveBack(Taken taken) {
        undo(taken)
                .subscribe()
                .with(
                        done -> {},
                        failure -> LOG.notTakenBack(taken.lease().file(), String.valueOf(failure.getMessage())));
    }

    /** Stops all of them; the holds stay until their ttl ends. */
    void close() {
        open.keySet().forEach(HoldLease::abandon);
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
    public void over(HoldLease lease) {
        Runnable unwatch = open.remove(lease);
        if (unwatch != null) {
            unwatch.run();
        }
    }
}
