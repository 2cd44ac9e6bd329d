package io.heddle.hold;

import io.heddle.hold.bucket.BucketGuard;
import io.heddle.hold.bucket.Calls;
import io.heddle.hold.bucket.HoldBucket;
import io.heddle.hold.bucket.HoldEngine;
import io.heddle.hold.bucket.HoldEntry;
import io.heddle.hold.bucket.HoldEntry.Corrupt;
import io.heddle.hold.bucket.HoldEntry.Held;
import io.heddle.hold.bucket.HoldRules;
import io.heddle.hold.bucket.HoldRules.Request;
import io.heddle.hold.lease.AllOrNothing;
import io.heddle.hold.lease.Leases;
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
import java.util.List;
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
    private final RequestCheck check;
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
        this.check = new RequestCheck(engine.guard);
        this.leases = new Leases(engine);
        this.turns = new WaitQueue(engine.watchers, engine.scheduler, engine.clock);
    }

    @Override
    public Uni<Grant> announce(FilePath file, String holder, Duration ttl, String checkoutPath) {
        return calls.change(file, () -> engine.announce(check.of(file, holder, ttl, checkoutPath)), this::rollBack);
    }

    @Override
    public Uni<ReleaseOutcome> release(FilePath file, String holder) {
        return calls.change(file, () -> released(file, check.holder(holder)));
    }

    @Override
    public Uni<Optional<Hold>> whoHas(FilePath file) {
        return calls.run(() -> holder(file, null));
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
    public Uni<HoldLease> acquire(FilePath file, String holder, Duration ttl, String checkoutPath) {
        return calls.change(file, () -> taken(check.of(file, holder, ttl, checkoutPath)), leases::giveBack)
                .map(Leases.Taken::lease);
    }

    @Override
    public Uni<HoldLease> acquire(FilePath file, String holder, Duration ttl, String checkoutPath, Duration timeout) {
        return calls.runCancellable(
                        () -> {
                            Request request = check.of(file, holder, ttl, checkoutPath);
                            return turns.await(file, () -> taken(request), leases::giveBack, timeout);
                        },
                        leases::giveBack)
                .map(Leases.Taken::lease);
    }

    @Override
    public Uni<List<HoldLease>> acquireAll(
            Collection<FilePath> files, String holder, Duration ttl, String checkoutPath) {
        return calls.run(
                        () -> new AllOrNothing<>(
                                        files,
                                        file -> taken(check.of(file, holder, ttl, checkoutPath)),
                                        leases::undo,
                                        taken ->
                                                engine.rules.ended(taken.lease().hold()))
                                .take(),
                        dropped -> dropped.forEach(leases::giveBack))
                .map(all -> all.stream().<HoldLease>map(Leases.Taken::lease).toList());
    }

    @Override
    public Uni<List<Grant>> announceAll(Collection<FilePath> files, String holder, Duration ttl, String checkoutPath) {
        return calls.run(
                () -> new AllOrNothing<>(
                                files,
                                file -> engine.announce(check.of(file, holder, ttl, checkoutPath)),
                                this::undo,
                                grant -> engine.rules.ended(grant.hold()))
                        .take(),
                dropped -> dropped.forEach(this::rollBack));
    }

    @Override
    public Uni<Grant> announce(FilePath file, String holder, Duration ttl, String checkoutPath, Duration timeout) {
        return calls.runCancellable(
                () -> {
                    Request request = check.of(file, holder, ttl, checkoutPath);
                    return turns.await(file, () -> engine.announce(request), this::rollBack, timeout);
                },
                this::rollBack);
    }

    @Override
    public Uni<Void> await(FilePath file, Duration timeout) {
        return calls.runCancellable(() -> turns.await(file, () -> free(file), nothing -> {}, timeout));
    }

    @Override
    public Uni<Grant> transfer(FilePath file, long token, String toHolder) {
        return calls.change(file, () -> {
            String next = check.holder(toHolder);
            return engine.change(
                    file, (entry, fromLeader) -> engine.rules.transfer(file, token, next, entry, fromLeader));
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
    public Uni<List<Hold>> list(
            @Nullable FilePath within, @Nullable String holder, @Nullable FilePath after, int limit) {
        return calls.runCancellable(
                () -> engine.stream.ready().map(ready -> engine.index.list(within, holder, after, limit)));
    }

    @Override
    public Uni<List<FilePath>> releaseAll(String holder) {
        return list(null, check.holder(holder))
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
        return calls.run(() -> engine.change(file, (entry, fromLeader) -> HoldRules.force(by, entry, fromLeader)));
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

    private Uni<Leases.Taken> taken(Request request) {
        return engine.announce(request).map(leases::taken);
    }

    private Uni<ReleaseOutcome> released(FilePath file, String holder) {
        return engine.change(file, (entry, fromLeader) -> engine.rules.release(holder, entry, fromLeader));
    }

    private void rollBack(Grant grant) {
        if (!grant.renewal()) {
            engine.rollBackLater(grant.hold());
        }
    }

    /** Rolls back a grant, but not a renewal. */
    private Uni<Void> undo(Grant grant) {
        return grant.renewal()
                ? Uni.createFrom().voidItem()
                : engine.rollBackNow(grant.hold()).replaceWithVoid();
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

    /** The checks before anything is sent. */
    private record RequestCheck(BucketGuard guard) {

        private static final int LONGEST_HOLDER = 512;
        private static final int LONGEST_CHECKOUT = 4096;

        Request of(FilePath file, String holder, Duration ttl, String checkoutPath) {
            Duration maximum = guard.maxTtl();
            if (ttl.isNegative() || ttl.isZero() || ttl.compareTo(maximum) > 0) {
                throw new InvalidTtlException(ttl, maximum);
            }
            if (checkoutPath.length() > LONGEST_CHECKOUT || !Text.isUnicode(checkoutPath)) {
                throw new InvalidCheckoutPathException(
                        "a checkout path must be valid Unicode of at most " + LONGEST_CHECKOUT + " characters");
            }
            return new Request(file, holder(holder), ttl, checkoutPath);
        }

        String holder(String holder) {
            if (holder.isEmpty() || holder.length() > LONGEST_HOLDER || !Text.isUnicode(holder)) {
                throw new InvalidHolderException(
                        "a holder must be valid Unicode of 1 to " + LONGEST_HOLDER + " characters");
            }
            return holder;
        }
    }
}
