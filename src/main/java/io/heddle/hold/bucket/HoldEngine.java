package io.heddle.hold.bucket;

import static io.heddle.hold.bucket.HoldLog.LOG;

import io.heddle.hold.Grant;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldEventId;
import io.heddle.hold.HoldLostException;
import io.heddle.hold.HoldName;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.HoldsConfig;
import io.heddle.hold.HoldsListener;
import io.heddle.hold.ReleaseOutcome;
import io.heddle.hold.bucket.HoldEntry.Held;
import io.heddle.hold.bucket.HoldEntry.Vacant;
import io.heddle.hold.event.ExpiryTimer;
import io.heddle.hold.event.HoldStream;
import io.heddle.hold.lease.FileWatchers;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.Observation;
import io.heddle.stream.StreamIdentity;
import io.heddle.stream.StreamSignal;
import io.heddle.stream.StreamSource;
import io.heddle.stream.clock.BrokerClock;
import io.heddle.stream.clock.StreamMonitor;
import io.heddle.stream.kv.KvBucket;
import io.heddle.stream.request.JetStreamApi;
import io.nats.client.api.StreamInfo;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Connects the parts of holds: the watch, the clock, the index, the events and the calls. Thread-safe. */
public final class HoldEngine implements StreamMonitor.Listener, IndexListener {

    private static final Duration WATCH_AGAIN = Duration.ofSeconds(1);

    public final BrokerClock clock;
    public final HoldBucket bucket;
    public final KvBucket keys;
    public final HoldIndex index;
    public final Overlaps overlaps;
    public final HoldRules rules;
    public final FileWatchers watchers = new FileWatchers();
    public final BucketGuard guard;
    public final HoldStream stream;
    public final WatchLag lag;
    public final ScheduledThreadPoolExecutor scheduler;
    public final ScheduledThreadPoolExecutor leaseTimers; // its own: no number of calls delays a lease

    final HoldsConfig config;
    final HoldsListener listener;
    private final LateGrants lateGrants;
    private final Sweeper sweeper;
    private final ExpiryTimer ticker;
    private final StreamSource source;
    private final StreamMonitor monitor;
    private @Nullable Cancellable watch;
    private boolean closed;
    private final AtomicBoolean making = new AtomicBoolean();

    public HoldEngine(NatsConnection connection, HoldsConfig config, BrokerClock clock, HoldsListener listener) {
        this.clock = clock;
        this.config = config;
        this.listener = listener;
        this.scheduler = Timers.start("heddle-holds");
        this.leaseTimers = Timers.start("heddle-leases");
        this.keys = new KvBucket(connection, config.bucket(), config.requestTimeout());
        JetStreamApi api = new JetStreamApi(connection);
        this.guard = new BucketGuard(config, keys.stream(), api, clock, this::ask);
        this.bucket = new HoldBucket(keys, guard::maxAge);
        this.index = new HoldIndex(keys, bucket, clock, this);
        this.overlaps = new Overlaps(index, this::lastRevision, config.callTimeout());
        this.rules = new HoldRules(clock, bucket, overlaps);
        this.lag = new WatchLag(index, clock::ticks);
        this.stream = new HoldStream(config.eventBuffer(), config.resumeLog());
        this.lateGrants = new LateGrants(clock::ticks, (name, held) -> {
            listener.lateGrantRolledBack(name.file());
            undoLater(new Grant(held.hold(), false));
        });
        this.sweeper = new Sweeper(bucket, index, scheduler, config.sweepGrace());
        this.ticker = new ExpiryTimer(scheduler, clock, index::expire);
        this.source = new StreamSource(connection, keys.watch(guard::blueprint));
        this.monitor =
                new StreamMonitor(connection, keys.stream(), clock, config.calibrationInterval(), scheduler, this);
    }

    public void start() {
        monitor.start();
    }

    public void close() {
        monitor.close();
        synchronized (source) {
            closed = true;
            if (watch != null) {
                watch.cancel();
            }
        }
        stream.close();
        scheduler.shutdownNow();
        leaseTimers.shutdownNow();
    }

    /** Makes a compare-and-set, starting with the entry that the index knows. */
    public <R> Uni<R> change(HoldName name, Function<HoldEntry, Decision<R>> rule) {
        return change(name, rule, Observation.none());
    }

    public Uni<Grant> announce(HoldRequest request) {
        return change(
                HoldName.of(request),
                entry -> rules.announce(request, entry),
                listener.announcing(request.file(), request.holder()));
    }

    /** Renews the hold of a lease, as long as the lease is in use: a call may take longer than the lease. */
    public Uni<Grant> renew(Hold hold, BooleanSupplier inUse) {
        return change(
                HoldName.of(hold),
                entry -> inUse.getAsBoolean()
                        ? rules.renew(hold, hold.ttl(), entry)
                        : new Decision.Refuse<>(new HoldLostException(hold.file(), hold.token(), "its lease is over")),
                listener.renewing(hold.file(), hold.holder()));
    }

    private <R> Uni<R> change(HoldName name, Function<HoldEntry, Decision<R>> rule, Observation<R> observation) {
        // No decision is made with an unsure clock.
        HoldEntry known = isClockSure() ? index.lookup(name) : null;
        return new CompareAndSet<>(this, name, rule, observation).from(known);
    }

    /** Completes when the broker's time is known well. A failure may come in a {@code CompletionException}. */
    public CompletableFuture<Void> calibrated() {
        return isClockSure()
                ? CompletableFuture.completedFuture(null)
                : recalibrate().subscribeAsCompletionStage();
    }

    /** Reads an entry from the leader once the broker's time is known well. */
    public CompletableFuture<HoldEntry> read(HoldName name) {
        return calibrated().thenCompose(done -> bucket.read(name));
    }

    private boolean isClockSure() {
        return clock.isCalibrated() && !clock.isSuspect();
    }

    public Uni<Void> recalibrate() {
        return monitor.recalibrate();
    }

    /** Rolls back a grant, but not a renewal: that gave its holder nothing new. */
    public Uni<Void> undo(Grant grant) {
        return grant.renewal()
                ? Uni.createFrom().voidItem()
                : rollBackNow(grant.hold()).replaceWithVoid();
    }

    /** As {@link #undo}, without waiting; a failure is logged. */
    public void undoLater(Grant grant) {
        undo(grant)
                .subscribe()
                .with(
                        done -> {},
                        failure -> LOG.notRolledBack(grant.hold().file(), String.valueOf(failure.getMessage())));
    }

    /** Deletes exactly this hold's entry. */
    public Uni<ReleaseOutcome> rollBackNow(Hold hold) {
        return change(HoldName.of(hold), entry -> rules.rollBack(hold, entry));
    }

    private void ask() {
        monitor.ask();
    }

    private Uni<Long> lastRevision() {
        return monitor.lastSequence();
    }

    @Override
    public void seen(StreamInfo info) {
        boolean first = !index.isCurrent() && index.position() == 0;
        if (guard.seen(info)) {
            index.recompute();
        }
        lag.learnt(info.getStreamState().getLastSequence());
        if (first) {
            watch();
        }
        index.expire();
        int dropped = lateGrants.dropOld();
        if (dropped > 0) {
            LOG.notFollowedUp(dropped);
            listener.outcomesDropped(dropped);
        }
    }

    @Override
    public void absent() {
        if (!making.compareAndSet(false, true)) {
            return;
        }
        // Tokens start at the broker's time; this machine's clock may be off by hours.
        Uni<Void> time = isClockSure()
                ? Uni.createFrom().voidItem()
                : monitor.calibrateWithoutStream().onFailure().recoverWithNull();
        time.chain(this::make)
                .onTermination()
                .invoke(() -> making.set(false))
                .subscribe()
                .with(made -> {}, failure -> LOG.trouble(String.valueOf(failure)));
    }

    private Uni<Optional<StreamInfo>> make() {
        long sent = clock.ticks();
        return guard.make().invoke(made -> made(sent, made));
    }

    private void made(long sent, Optional<StreamInfo> made) {
        if (made.isPresent()) {
            monitor.learn(sent, made.get());
            seen(made.get());
        } else {
            monitor.ask();
        }
    }

    /** Starts the one watch of the process. If the source fails, everything known is discarded and read again. */
    private void watch() {
        synchronized (source) {
            if (watch == null && !closed) {
                watch = source.subscribe()
                        .onFailure()
                        .invoke(this::watchFailed)
                        .onFailure()
                        .retry()
                        .withBackOff(WATCH_AGAIN, WATCH_AGAIN)
                        .indefinitely()
                        .subscribe()
                        .with(this::accept);
            }
        }
    }

    private void watchFailed(Throwable failure) {
        LOG.watchFailed(config.bucket(), String.valueOf(failure.getMessage()));
        index.forget();
        lag.look();
    }

    private void accept(StreamSignal signal) {
        index.accept(signal);
        index.progress().wake();
        if (signal instanceof StreamSignal.Restarted) {
            lag.learnt(0);
        } else if (!(signal instanceof StreamSignal.Message)) {
            lag.look();
        }
    }

    @Override
    public void happened(HoldEvent event) {
        guard.reached(event.revision());
        if (event instanceof HoldEvent.Corrupt corrupt) {
            LOG.corrupt(corrupt.key(), corrupt.reason());
            listener.corrupt(corrupt.key());
        } else if (event instanceof HoldEvent.Expired expired) {
            sweeper.expired(expired.hold());
            HoldName name = HoldName.of(expired.hold());
            watchers.recheck(name, index.lookup(name));
        } else if (event instanceof HoldEvent.Violated violated) {
            LOG.violated(
                    violated.hold().holder(),
                    violated.file(),
                    violated.violated().file(),
                    violated.violated().holder());
            listener.violated(violated.file());
        }
        stream.publish(event);
    }

    @Override
    public void applied(HoldName name, HoldEntry entry) {
        guard.reached(entry.revision());
        lateGrants.seen(name, entry);
        watchers.changed(name, entry);
    }

    @Override
    public void caughtUp(StreamIdentity identity, long position) {
        guard.reached(position);
        stream.caughtUp(HoldEventId.epoch(identity.created()), position);
        watchers.recheckAll(index::lookup);
    }

    @Override
    public void forgotten() {
        LOG.bucketReplaced(keys.stream());
        stream.forgotten();
        monitor.ask();
    }

    @Override
    public void due(Instant when) {
        ticker.at(when);
    }

    /** Follows up a write with an unknown outcome. */
    void gaveUp(HoldName name, HoldBucket.Write write) {
        LOG.outcomeUnknown(name.file());
        listener.outcomeUnknown(name.file());
        rollBackUnused(name, write);
    }

    /** Follows up a write that may be stored, but granted nothing. */
    void rollBackUnused(HoldName name, HoldBucket.Write write) {
        lateGrants.follow(name, write, () -> index.lookup(name));
    }

    /** Returns how many writes with an unknown outcome are followed up. */
    public int openOutcomes() {
        return lateGrants.size();
    }

    /**
     * Records a write that took place, before its call is answered. The time of storage is not known yet; for contenders in this
     * process the hold must not end too early.
     */
    void wrote(HoldName name, HoldBucket.Write write, long revision) {
        Instant stored = clock.now().latest();
        HoldValue value = write.value();
        if (value == null) {
            index.wrote(name, new Vacant(revision, stored, write.reason(), write.by()));
        } else {
            Hold hold = value.toHold(name, revision, stored, bucket.maxAge());
            index.wrote(name, new Held(hold, value, stored, write.reason(), write.by()));
        }
    }
}
