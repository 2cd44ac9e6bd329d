package io.heddle.hold;

import io.heddle.hold.bucket.Calls;
import io.heddle.hold.bucket.HoldBucket;
import io.heddle.hold.bucket.HoldEngine;
import io.heddle.hold.bucket.HoldEntry;
import io.heddle.hold.bucket.HoldRules;
import io.heddle.hold.bucket.Reads;
import io.heddle.hold.lease.AllOrNothing;
import io.heddle.hold.lease.Leases;
import io.heddle.hold.lease.RenewingLease;
import io.heddle.hold.lease.WaitQueue;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.clock.BrokerClock;
import io.nats.client.impl.Headers;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@link Holds} over a JetStream key-value bucket. A plain class: it needs a connection and its configuration, no Quarkus.
 *
 * <p>It has one thread for timers and one watch at the broker. {@link #close()} ends both, not the connection.
 */
public final class KvHolds implements Holds {

    /** Never written; not the key of a file, so no one can hold it. */
    private static final String PROBE_KEY = "heddle.probe";

    private static final int RELEASES_AT_ONCE = 64;

    private final HoldEngine engine;
    private final Calls calls = new Calls();
    private final Reads reads;
    private final Leases leases;
    private final WaitQueue turns;

    /** Starts the watch in the background; calls can be made at once. */
    public static KvHolds start(NatsConnection connection, HoldsConfig config, HoldsListener listener) {
        BrokerClock clock = new BrokerClock(System::nanoTime, System::currentTimeMillis, config.serverSkew());
        return start(connection, config, clock, listener);
    }

    static KvHolds start(NatsConnection connection, HoldsConfig config, BrokerClock clock, HoldsListener listener) {
        HoldEngine engine = new HoldEngine(connection, config, clock, listener);
        KvHolds holds = new KvHolds(engine);
        engine.start();
        return holds;
    }

    private KvHolds(HoldEngine engine) {
        this.engine = engine;
        this.reads = new Reads(engine);
        this.leases = new Leases(engine);
        this.turns = new WaitQueue(engine.watchers, engine.scheduler, engine.clock);
    }

    @Override
    public Uni<Grant> announce(HoldRequest request) {
        return calls.change(HoldName.of(request), () -> granted(request), engine::undoLater);
    }

    @Override
    public Uni<Grant> announce(HoldRequest request, Duration timeout) {
        return calls.runCancellable(
                () -> turns.await(request, () -> granted(request), engine::undoLater, timeout), engine::undoLater);
    }

    @Override
    public Uni<List<Grant>> announceAll(Collection<HoldRequest> requests) {
        return calls.run(
                () -> new AllOrNothing<>(
                                requests, this::granted, engine::undo, grant -> engine.rules.ended(grant.hold()))
                        .take(),
                dropped -> dropped.forEach(engine::undoLater));
    }

    @Override
    public Uni<ReleaseOutcome> release(FilePath file, String holder) {
        return calls.change(HoldName.of(file), () -> released(file, holder));
    }

    @Override
    public Uni<Optional<Hold>> whoHas(FilePath file) {
        return calls.run(() -> reads.whoHas(file));
    }

    @Override
    public Uni<Map<FilePath, List<Hold>>> query(Collection<FilePath> paths, @Nullable String except) {
        return calls.run(() -> reads.query(paths, except));
    }

    @Override
    public Multi<HoldEvent> subscribe() {
        return engine.stream.subscribe();
    }

    @Override
    public Multi<HoldEvent> subscribe(long after) {
        return engine.stream.subscribe(after);
    }

    @Override
    public Multi<LoggedHoldEvent> follow(@Nullable HoldEventId last, int buffer, HoldFilter filter) {
        return engine.stream.follow(last, buffer, filter);
    }

    @Override
    public Uni<Duration> probe() {
        return calls.run(() -> {
            long began = System.nanoTime();
            return engine.keys.get(PROBE_KEY).map(entry -> Duration.ofNanos(System.nanoTime() - began));
        });
    }

    @Override
    public Uni<HoldLease> acquire(HoldRequest request) {
        return calls.change(HoldName.of(request), () -> leased(request), leases::undoLater)
                .map(lease -> lease);
    }

    @Override
    public Uni<HoldLease> acquire(HoldRequest request, Duration timeout) {
        return calls.runCancellable(
                        () -> turns.await(request, () -> leased(request), leases::undoLater, timeout),
                        leases::undoLater)
                .map(lease -> lease);
    }

    @Override
    public Uni<List<HoldLease>> acquireAll(Collection<HoldRequest> requests) {
        return calls.run(
                        () -> new AllOrNothing<>(
                                        requests, this::leased, leases::undo, lease -> engine.rules.ended(lease.hold()))
                                .take(),
                        dropped -> dropped.forEach(leases::undoLater))
                .map(List::copyOf);
    }

    @Override
    public Uni<Void> await(FilePath file, Duration timeout) {
        return calls.runCancellable(() -> turns.await(file, () -> reads.free(file), nothing -> {}, timeout));
    }

    @Override
    public Uni<Grant> transfer(FilePath file, long token, String toHolder) {
        return calls.change(HoldName.of(file), () -> {
            HoldRequest.requireHolder(toHolder);
            return engine.change(HoldName.of(file), entry -> engine.rules.transfer(file, token, toHolder, entry));
        });
    }

    @Override
    public Uni<Hold> assertHeld(FilePath file, long token, Duration remaining) {
        return calls.run(
                () -> reads.granted(file, token).map(entry -> engine.rules.require(file, token, remaining, entry)));
    }

    @Override
    public Uni<Duration> remaining(FilePath file, long token) {
        return calls.run(() -> reads.granted(file, token).map(entry -> engine.rules.remaining(token, entry)));
    }

    @Override
    public Uni<List<Hold>> list(HoldFilter filter, @Nullable FilePath after, int limit) {
        return calls.runCancellable(() -> engine.stream.ready().map(ready -> engine.index.list(filter, after, limit)));
    }

    @Override
    public Uni<List<FilePath>> releaseAll(String holder) {
        HoldRequest.requireHolder(holder);
        return list(new HoldFilter(null, holder))
                .chain(holds -> calls.run(() -> Multi.createFrom()
                        .iterable(holds)
                        .onItem()
                        .transformToUni(hold -> released(HoldName.of(hold), holder)
                                .map(outcome -> outcome == ReleaseOutcome.RELEASED
                                        ? Optional.of(hold.file())
                                        : Optional.<FilePath>empty()))
                        .merge(RELEASES_AT_ONCE)
                        .filter(Optional::isPresent)
                        .map(Optional::get)
                        .collect()
                        .asList()));
    }

    @Override
    public Uni<Boolean> forceRelease(FilePath file, String by) {
        return calls.run(() -> Multi.createFrom()
                .iterable(reads.namesAt(file))
                .onItem()
                .transformToUniAndConcatenate(name -> engine.change(name, entry -> HoldRules.force(by, entry)))
                .collect()
                .asList()
                .map(deleted -> deleted.contains(true)));
    }

    @Override
    public Uni<Boolean> forceReleaseKey(String key, String by) {
        return calls.run(() -> engine.bucket.deleteKey(
                key, new Headers().put(HoldBucket.REASON, "forced").put(HoldBucket.BY, by)));
    }

    @Override
    public HoldsStatus status() {
        BrokerClock.Reading now = engine.clock.now();
        return new HoldsStatus(
                !calls.isClosed() && engine.index.isCurrent() && engine.clock.isCalibrated(),
                engine.index.position(),
                engine.index.held(),
                engine.stream.subscribers(),
                engine.stream.evictions(),
                engine.guard.maxTtl(),
                now.middle(),
                engine.clock.isCalibrated() ? Optional.of(now.bound()) : Optional.empty(),
                engine.openOutcomes(),
                engine.lag.entries(),
                engine.lag.age(),
                engine.guard.warning());
    }

    @Override
    public void close() {
        calls.close();
        leases.close();
        engine.close();
    }

    private Uni<Grant> granted(HoldRequest request) {
        Duration ttl = request.ttl();
        Duration maximum = engine.guard.maxTtl();
        if (ttl.isNegative() || ttl.isZero() || ttl.compareTo(maximum) > 0) {
            throw new InvalidTtlException(ttl, maximum);
        }
        return engine.announce(request);
    }

    private Uni<RenewingLease> leased(HoldRequest request) {
        return granted(request).map(leases::start);
    }

    /** Releases the exclusive hold, and the shared one unless it is known that there is none. */
    private Uni<ReleaseOutcome> released(FilePath file, String holder) {
        HoldRequest.requireHolder(holder);
        HoldName shared = new HoldName(file, holder);
        return released(HoldName.of(file), holder).chain(exclusive -> {
            boolean none =
                    exclusive == ReleaseOutcome.RELEASED && engine.index.lookup(shared) instanceof HoldEntry.Vacant;
            return none || !shared.hasKey()
                    ? Uni.createFrom().item(exclusive)
                    : released(shared, holder).map(outcome -> outcome == ReleaseOutcome.RELEASED ? outcome : exclusive);
        });
    }

    private Uni<ReleaseOutcome> released(HoldName name, String holder) {
        return engine.change(name, entry -> engine.rules.release(holder, entry));
    }
}
