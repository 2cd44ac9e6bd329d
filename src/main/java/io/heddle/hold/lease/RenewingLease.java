package io.heddle.hold.lease;

import static io.heddle.hold.bucket.HoldLog.LOG;

import io.heddle.hold.CorruptHoldException;
import io.heddle.hold.FilePath;
import io.heddle.hold.Grant;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldLease;
import io.heddle.hold.HoldLostException;
import io.heddle.hold.HoldName;
import io.heddle.hold.HoldsClosedException;
import io.heddle.hold.ReleaseOutcome;
import io.heddle.hold.bucket.HoldEngine;
import io.heddle.hold.bucket.HoldEntry;
import io.heddle.hold.bucket.HoldRules;
import io.heddle.stream.clock.BrokerClock.Reading;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * {@link HoldLease} on one timer thread that all leases of the process share. Thread-safe.
 *
 * <pre>
 *            renewed
 *           +------+
 *           v      |
 * start --> HELD --+--- the file's entry is another grant, or none -------> LOST
 *           |      +--- not renewed a twentieth of the ttl before its end --^
 *           |
 *           +--- release(), close(), abandon() --> CLOSED
 * </pre>
 */
public final class RenewingLease implements HoldLease, FileWatchers.Watcher {

    private static final Duration LONGEST_MARGIN = Duration.ofSeconds(1);
    private static final Duration RECALIBRATION = Duration.ofMillis(500);

    /** Runs the subscribers of {@link #lost()}: on a thread for each that blocks, so that it delays nothing but itself. */
    private static final Executor SUBSCRIBERS =
            new ThreadPoolExecutor(0, Integer.MAX_VALUE, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                Thread thread = new Thread(task, "heddle-lost-holds");
                thread.setDaemon(true);
                return thread;
            });

    private final Leases leases;
    private final HoldEngine engine;
    private final Duration margin;
    private final boolean ofRenewal;
    private final List<UniEmitter<? super HoldLostException>> waiting = new CopyOnWriteArrayList<>();
    private Hold hold;
    private State state = State.HELD;
    private @Nullable HoldLostException loss;
    private @Nullable ScheduledFuture<?> renewal;
    private @Nullable ScheduledFuture<?> alarm;

    private enum State {
        HELD,
        LOST,
        CLOSED
    }

    RenewingLease(Grant grant, Leases leases, HoldEngine engine) {
        this.hold = grant.hold();
        this.ofRenewal = grant.renewal();
        this.leases = leases;
        this.engine = engine;
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
        return state == State.HELD && HoldRules.isInForce(hold, engine.clock.now(), Duration.ZERO);
    }

    @Override
    public Uni<HoldLostException> lost() {
        return Uni.createFrom().emitter(emitter -> {
            synchronized (this) {
                if (state == State.HELD) {
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
            abandon();
            return isLost() ? Uni.createFrom().item(ReleaseOutcome.NOT_HELD) : leases.release(hold());
        });
    }

    @Override
    public void close() {
        release()
                .subscribe()
                .with(outcome -> {}, failure -> LOG.notRolledBack(file(), String.valueOf(failure.getMessage())));
    }

    /** Returns the current hold; a renewal if the holder had the file before, and keeps it when the lease is rolled back. */
    Grant grant() {
        return new Grant(hold(), ofRenewal);
    }

    /** Starts the renewals. */
    void start(Duration firstRenewal) {
        renewIn(firstRenewal);
        setAlarm();
    }

    @Override
    public void abandon() {
        boolean unused = end(State.CLOSED, null);
    }

    /** A later entry of another grant, or none, ends the lease. */
    @Override
    public void changed(HoldName name, HoldEntry entry) {
        Hold held = hold();
        if (entry.revision() <= held.revision()) {
            return;
        }
        if (!(entry instanceof HoldEntry.Held newer)) {
            lose(
                    entry instanceof HoldEntry.Vacant vacant
                            ? "it was " + how(vacant.reason(), "RELEASED") + by(vacant.by())
                            : "the file's entry is corrupt");
        } else if (newer.hold().token() != held.token()) {
            lose("it was " + how(newer.reason(), "replaced") + by(newer.by()) + ": "
                    + newer.hold().holder() + " has it with token "
                    + newer.hold().token());
        }
    }

    /** Renews at once when the hold is not known any more: the leader tells whether it exists. */
    @Override
    public void recheck(HoldName name, @Nullable HoldEntry known) {
        if (!(known instanceof HoldEntry.Held held) || held.hold().token() != token()) {
            renewIn(Duration.ZERO);
        }
    }

    private static String how(@Nullable String reason, String otherwise) {
        return reason == null ? otherwise : reason.toUpperCase(Locale.ROOT);
    }

    private static String by(@Nullable String by) {
        return by == null ? "" : " by " + by;
    }

    private void renew() {
        Hold last = hold();
        engine.renew(last, this::isHeld).subscribe().with(this::renewed, failure -> notRenewed(last, failure));
    }

    private void renewed(Grant grant) {
        synchronized (this) {
            if (state == State.HELD) {
                hold = grant.hold();
                setAlarm();
                renewIn(hold.ttl().dividedBy(3));
                return;
            }
        }
        // The lease ended meanwhile, and the hold must not outlive it.
        engine.undoLater(new Grant(grant.hold(), false));
    }

    private void notRenewed(Hold last, Throwable failure) {
        if (failure instanceof HoldLostException
                || failure instanceof HeldByAnotherException // stored late, after an overlapping grant
                || failure instanceof CorruptHoldException
                || failure instanceof HoldsClosedException) {
            lose(String.valueOf(failure.getMessage()));
        } else {
            LOG.notRenewed(last.file(), String.valueOf(failure.getMessage()));
            renewIn(last.ttl().dividedBy(30));
        }
    }

    private synchronized boolean isHeld() {
        return state == State.HELD;
    }

    private synchronized boolean isLost() {
        return state == State.LOST;
    }

    private synchronized void renewIn(Duration delay) {
        cancel(renewal);
        if (state == State.HELD) {
            renewal = schedule(this::renew, delay);
        }
    }

    private synchronized void setAlarm() {
        cancel(alarm);
        if (state == State.HELD) {
            Duration left =
                    Duration.between(engine.clock.now().latest(), hold.endsAt().minus(margin));
            alarm = schedule(() -> alarmed(false), left.isNegative() ? Duration.ZERO : left);
        }
    }

    /** A suspect clock is calibrated first: it may only have been set. */
    private void alarmed(boolean calibrated) {
        Hold last = hold();
        Reading now = engine.clock.now();
        if (HoldRules.isInForce(last, now, margin)) {
            setAlarm();
        } else if (engine.clock.isSuspect() && !calibrated) {
            engine.recalibrate()
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
        if (end(State.LOST, lost)) {
            LOG.leaseLost(last.file(), why);
        }
    }

    private boolean end(State how, @Nullable HoldLostException why) {
        synchronized (this) {
            if (state != State.HELD) {
                return false;
            }
            state = how;
            loss = why;
            cancel(renewal);
            cancel(alarm);
        }
        leases.ended(this);
        // Never on this thread: it may hold the index's lock, or renew the other leases.
        waiting.forEach(emitter -> SUBSCRIBERS.execute(() -> emitter.complete(why)));
        return true;
    }

    private ScheduledFuture<?> schedule(Runnable task, Duration delay) {
        return engine.leaseTimers.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    private static void cancel(@Nullable ScheduledFuture<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }
}
