package io.heddle.hold.lease;

import static io.heddle.hold.bucket.HoldLog.LOG;

import io.heddle.hold.CorruptHoldException;
import io.heddle.hold.FilePath;
import io.heddle.hold.Grant;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldLease;
import io.heddle.hold.HoldLostException;
import io.heddle.hold.HoldsClosedException;
import io.heddle.hold.ReleaseOutcome;
import io.heddle.hold.bucket.HoldRules;
import io.heddle.stream.clock.BrokerClock;
import io.heddle.stream.clock.BrokerClock.Reading;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** {@link HoldLease} on one timer thread that all leases of the process share. Thread-safe. */
public final class RenewingLease implements HoldLease {

    private static final Duration LONGEST_MARGIN = Duration.ofSeconds(1);
    private static final Duration RECALIBRATION = Duration.ofMillis(500);

    private final Actions actions;
    private final BrokerClock clock;
    private final ScheduledExecutorService scheduler;
    private final Duration margin;
    private final List<UniEmitter<? super HoldLostException>> waiting = new CopyOnWriteArrayList<>();
    private Hold hold;
    private Phase phase = Phase.HELD;
    private @Nullable HoldLostException loss;
    private @Nullable ScheduledFuture<?> renewal;
    private @Nullable ScheduledFuture<?> alarm;

    /** What a lease does to its hold. */
    interface Actions {

        /**
         * The next entry of the same grant; fails with {@link HoldLostException} when it is no longer in force.
         *
         * @param wanted whether anybody counts on it still; once not, nothing new is written
         */
        Uni<Grant> renew(Hold hold, BooleanSupplier wanted);

        /** Ends the grant with the hold's token, if it is there. */
        Uni<ReleaseOutcome> release(Hold hold);

        /** Deletes exactly this entry: one that came after it is somebody else's, of the same agent. */
        Uni<ReleaseOutcome> takeBack(Hold hold);

        /** Calibrates the clock. */
        Uni<Void> recalibrate();

        /** The lease has ended: no more events for it. */
        void over(RenewingLease lease);
    }

    private enum Phase {
        HELD,
        LOST,
        CLOSED
    }

    RenewingLease(Hold hold, Actions actions, BrokerClock clock, ScheduledExecutorService scheduler) {
        this.hold = hold;
        this.actions = actions;
        this.clock = clock;
        this.scheduler = scheduler;
        Duration twentieth = hold.ttl().dividedBy(20);
        this.margin = twentieth.compareTo(LONGEST_MARGIN) < 0 ? twentieth : LONGEST_MARGIN;
    }

    @Override
    public synchronized Hold hold() {
        return hold;
    }

    @Override
    public FilePath file() {
        return hold().file();
    }

    @Override
    public long token() {
        return hold().token();
    }

    @Override
    public synchronized boolean isInForce() {
        return phase == Phase.HELD && HoldRules.isInForce(hold, clock.now(), Duration.ZERO);
    }

    @Override
    public Uni<HoldLostException> lost() {
        return Uni.createFrom().emitter(emitter -> {
            synchronized (this) {
                if (phase == Phase.HELD) {
                    waiting.add(emitter);
                    emitter.onTermination(() -> waiting.remove(emitter));
                    return;
                }
            }
            emitter.complete(loss);
        });
    }

    @Override
    public Uni<ReleaseOutcome> release() {
        return Uni.createFrom().deferred(() -> {
            Hold last = hold();
            return end(Phase.CLOSED, null)
                    ? actions.release(last)
                    : Uni.createFrom().item(ReleaseOutcome.NOT_HELD);
        });
    }

    @Override
    public void close() {
        release()
                .subscribe()
                .with(outcome -> {}, failure -> LOG.notTakenBack(file(), String.valueOf(failure.getMessage())));
    }

    /** Begins to renew. */
    RenewingLease start(Duration firstRenewal) {
        renewIn(firstRenewal);
        setAlarm();
        return this;
    }

    /** Stops renewing and leaves the file held until the ttl ends. */
    void abandon() {
        boolean unused = end(Phase.CLOSED, null);
    }

    /** What happened to the file. */
    void happened(HoldEvent event) {
        Hold held = hold();
        if (event.revision() <= held.revision()) {
            return;
        }
        if (event instanceof HoldEvent.Released released && released.hold().token() == held.token()) {
            lose("it was " + released.reason() + (released.by() == null ? "" : " by " + released.by()));
        } else if (event instanceof HoldEvent.Announced announced
                && announced.hold().token() != held.token()) {
            lose(announced.hold().holder() + " has it with token "
                    + announced.hold().token());
        }
    }

    private void renew() {
        Hold last = hold();
        actions.renew(last, this::isWanted).subscribe().with(this::renewed, failure -> notRenewed(last, failure));
    }

    private void renewed(Grant grant) {
        synchronized (this) {
            if (phase == Phase.HELD) {
                hold = grant.hold();
                setAlarm();
                renewIn(hold.ttl().dividedBy(3));
                return;
            }
        }
        // Nobody counts on it any more: it must not outlive its lease.
        actions.takeBack(grant.hold())
                .subscribe()
                .with(outcome -> {}, failure -> LOG.notTakenBack(file(), String.valueOf(failure.getMessage())));
    }

    private void notRenewed(Hold last, Throwable failure) {
        if (failure instanceof HoldLostException
                || failure instanceof CorruptHoldException
                || failure instanceof HoldsClosedException) {
            lose(String.valueOf(failure.getMessage()));
        } else {
            LOG.notRenewed(last.file(), String.valueOf(failure.getMessage()));
            renewIn(last.ttl().dividedBy(30));
        }
    }

    private synchronized boolean isWanted() {
        return phase == Phase.HELD;
    }

    private synchronized void renewIn(Duration delay) {
        if (phase == Phase.HELD) {
            renewal = schedule(this::renew, delay);
        }
    }

    private synchronized void setAlarm() {
        if (alarm != null) {
            alarm.cancel(false);
        }
        if (phase == Phase.HELD) {
            Duration left = Duration.between(clock.now().latest(), hold.endsAt().minus(margin));
            alarm = schedule(() -> alarmed(false), left.isNegative() ? Duration.ZERO : left);
        }
    }

    /** A clock that is suspect is asked about first: it may only have been set. */
    private void alarmed(boolean asked) {
        Hold last = hold();
        Reading now = clock.now();
        if (HoldRules.isInForce(last, now, margin)) {
            setAlarm();
        } else if (clock.isSuspect() && !asked) {
            actions.recalibrate()
                    .ifNoItem()
                    .after(RECALIBRATION)
                    .fail()
                    .subscribe()
                    .with(done -> alarmed(true), failure -> alarmed(true));
        } else {
            lose("it was not renewed before it ends at " + last.endsAt());
        }
    }

    private void lose(String why) {
        Hold last = hold();
        HoldLostException lost = new HoldLostException(last.file(), last.token(), why);
        if (end(Phase.LOST, lost)) {
            LOG.leaseLost(last.file(), why);
        }
    }

    private boolean end(Phase how, @Nullable HoldLostException why) {
        synchronized (this) {
            if (phase != Phase.HELD) {
                return false;
            }
            phase = how;
            loss = why;
            cancel(renewal);
            cancel(alarm);
        }
        actions.over(this);
        // Not on this thread: it may hold the index's lock.
        try {
            scheduler.execute(() -> waiting.forEach(emitter -> emitter.complete(why)));
        } catch (RejectedExecutionException closed) {
            waiting.forEach(emitter -> emitter.complete(why));
        }
        return true;
    }

    private @Nullable ScheduledFuture<?> schedule(Runnable task, Duration delay) {
        try {
            return scheduler.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            return null;
        }
    }

    private static void cancel(@Nullable ScheduledFuture<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }
}
