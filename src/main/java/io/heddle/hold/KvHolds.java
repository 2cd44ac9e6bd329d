package io.heddle.hold;

import io.heddle.hold.bucket.Calls;
import io.heddle.hold.bucket.HoldBucket;
import io.heddle.hold.bucket.HoldEngine;
import io.heddle.hold.bucket.HoldEntry;
import io.heddle.hold.bucket.HoldEntry.Corrupt;
import io.heddle.hold.bucket.HoldEntry.Held;
import io.heddle.hold.bucket.HoldRules;
import io.heddle.hold.lease.AllOrNothing;
import io.heddle.hold.lease.Leases;
import io.heddle.hold.lease.RenewingLease;
import io.heddle.hold.lease.WaitQueue;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.clock.BrokerClock;
import io.heddle.stream.clock.BrokerClock.Reading;
import io.heddle.text.Text;
import io.nats.client.impl.Headers;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
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
        this.leases = new Leases(engine);
        this.turns = new WaitQueue(engine.watchers, engine.scheduler, engine.clock);
    }

    @Override
    public Uni<Grant> announce(HoldRequest request) {
        return calls.change(request.file(), () -> granted(request), engine::undoLater);
    }

    @Override
    public Uni<Grant> announce(HoldRequest request, Duration timeout) {
        return calls.runCancellable(
                () -> turns.await(request.file(), () -> granted(request), engine::undoLater, timeout),
                engine::undoLater);
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
        return calls.change(file, () -> released(file, holder));
    }

    @Override
    public Uni<Optional<Hold>> whoHas(FilePath file) {
        return calls.run(() -> holder(file, null));
    }

    @Override
    public Uni<Map<FilePath, List<Hold>>> query(Collection<FilePath> paths, @Nullable String except) {
        return list(HoldFilter.ALL).map(holds -> {
            Map<FilePath, List<Hold>> held = new LinkedHashMap<>();
            for (FilePath path : paths) {
                List<Hold> of = holds.stream()
                        .filter(hold ->
                                hold.file().overlaps(path) && !hold.holder().equals(except))
                        .toList();
                if (!of.isEmpty()) {
                    held.put(path, of);
                }
            }
            return held;
        });
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
        return calls.change(request.file(), () -> leased(request), leases::undoLater)
                .map(lease -> lease);
    }

    @Override
    public Uni<HoldLease> acquire(HoldRequest request, Duration timeout) {
        return calls.runCancellable(
                        () -> turns.await(request.file(), () -> leased(request), leases::undoLater, timeout),
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
        return calls.runCancellable(() -> turns.await(file, () -> free(file), nothing -> {}, timeout));
    }

    @Override
    public Uni<Grant> transfer(FilePath file, long token, String toHolder) {
        return calls.change(file, () -> {
            HoldRequest.requireHolder(toHolder);
            return engine.change(file, entry -> engine.rules.transfer(file, token, toHolder, entry));
        });
    }

    @Override
    public Uni<Hold> assertHeld(FilePath file, long token, Duration remaining) {
        return calls.run(() -> read(file).map(entry -> engine.rules.require(file, token, remaining, entry)));
    }

    @Override
    public Uni<Duration> remaining(FilePath file, long token) {
        return calls.run(() -> read(file).map(entry -> engine.rules.remaining(token, entry)));
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
                        .transformToUni(hold -> released(hold.file(), holder)
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
        return calls.run(() -> engine.change(file, entry -> HoldRules.force(by, entry)));
    }

    @Override
    public Uni<Boolean> forceReleaseKey(String key, String by) {
        return calls.run(() -> engine.bucket.deleteKey(
                key, new Headers().put(HoldBucket.REASON, "forced").put(HoldBucket.BY, Text.ascii(by))));
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

    private Uni<ReleaseOutcome> released(FilePath file, String holder) {
        HoldRequest.requireHolder(holder);
        return engine.change(file, entry -> engine.rules.release(holder, entry));
    }

    private Uni<HoldEntry> read(FilePath file) {
        return Uni.createFrom().completionStage(engine.read(file));
    }

    /** Completes when no one holds the file; fails with {@link HeldByAnotherException} otherwise. */
    private Uni<Void> free(FilePath file) {
        return holder(file, engine.index.lookup(file))
                .chain(holder -> holder.isPresent()
                        ? Uni.createFrom().failure(new HeldByAnotherException(holder.get()))
                        : Uni.createFrom().voidItem());
    }

    /** @param known the file's entry; null reads it from the leader */
    private Uni<Optional<Hold>> holder(FilePath file, @Nullable HoldEntry known) {
        return Uni.createFrom().completionStage(engine.calibrated().thenCompose(done -> {
            // From before the read: an entry that ends while its answer is on the way may have been renewed meanwhile.
            Reading asked = engine.clock.now();
            CompletableFuture<HoldEntry> entry =
                    known == null ? engine.bucket.read(file) : CompletableFuture.completedFuture(known);
            return entry.thenApply(found -> holder(file, found, asked));
        }));
    }

    private static Optional<Hold> holder(FilePath file, HoldEntry entry, Reading asked) {
        if (entry instanceof Corrupt corrupt) {
            throw new CorruptHoldException(file + ": " + corrupt.reason());
        }
        return entry instanceof Held held && !HoldRules.hasEnded(held.hold(), asked)
                ? Optional.of(held.hold())
                : Optional.empty();
    }
}
