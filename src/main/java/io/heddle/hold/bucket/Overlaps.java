package io.heddle.hold.bucket;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldName;
import io.heddle.hold.bucket.HoldEntry.Held;
import io.heddle.stream.Later;
import io.heddle.stream.clock.BrokerClock.Reading;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the holds that conflict with another one. The order of the bucket's writes decides: of two conflicting grants the one that
 * was written later yields.
 *
 * <pre>
 * decided ──▶ written as revision R ──▶ index has all revisions before R ──▶ an earlier one in force? ──▶ yield, or granted
 *                                          │      ▲
 *                        a gap since then ─▼      │ the leader's last revision is applied, without a further gap
 * </pre>
 *
 * <p>Of two writes that cross, the later one always finds the earlier one. What was in force when the decision was made counts as in
 * force: a renewal that the index does not have yet was either stored before that end, or is checked itself. Thread-safe.
 */
public final class Overlaps {

    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final int MOST_NAMED = 10;

    private final HoldIndex index;
    private final WatchProgress progress;
    private final Supplier<Uni<Long>> lastRevision;
    private final Duration timeout;

    /**
     * @param lastRevision asks the leader for the last revision of the bucket
     * @param timeout how long a check may take
     */
    Overlaps(HoldIndex index, Supplier<Uni<Long>> lastRevision, Duration timeout) {
        this.index = index;
        this.progress = index.progress();
        this.lastRevision = lastRevision;
        this.timeout = timeout;
    }

    /**
     * A check of a grant whose write is about to be sent.
     *
     * @param since of a hold that goes on: since when; 0 of one that begins with the write
     * @param former whose hold it was until now; null when no one's
     * @param gaps how many gaps there were before the write was sent
     */
    record Check(Claim claim, long since, @Nullable String former, long gaps) {

        /** Returns whether another hold came first. A Go program's does in any case, because it does not yield. */
        private boolean isBehind(Held other, long revision, long since) {
            Hold hold = other.hold();
            return claim.conflictsWith(hold)
                    && (other.since() < since
                            || (this.since == 0 && hold.holdId() == null)
                            || (hold.holder().equals(former) && other.since() < revision));
        }
    }

    Check check(Claim claim, long since, @Nullable String former) {
        return new Check(claim, since, former, progress.gaps());
    }

    /** Returns the first holds that the claim conflicts with, as far as the index knows. */
    List<Hold> conflicts(Claim claim) {
        return first(claim.file(), held -> claim.conflictsWith(held.hold()));
    }

    boolean isSettled(HoldName name, long token) {
        return index.isSettled(name, token);
    }

    /**
     * Returns the earlier holds that the written hold conflicts with; empty when it is granted.
     *
     * @param revived whether a renewal may have been stored after the end: then it counts from when the index says
     */
    CompletableFuture<List<Hold>> earlier(Check check, long token, long revision, boolean revived) {
        // When a revived hold was stored, only the watch tells.
        long has = revived ? progress.position() : progress.known();
        long needed = revived ? revision : revision - 1;
        // The gaps are read last: a gap is counted before the entry after it is applied.
        return has >= needed && progress.gaps() == check.gaps()
                ? CompletableFuture.completedFuture(decide(check, token, revision, revived))
                : within(timeout, complete(needed, check.gaps(), deadline()))
                        .thenApply(complete -> decide(check, token, revision, revived));
    }

    /** Completes when the index has everything that the leader had stored at the call. */
    public CompletableFuture<Void> upToDate() {
        return within(timeout, ask(0, deadline()));
    }

    /** Returns the earlier holds that a stored one conflicts with: another process may have written it and not checked it yet. */
    public CompletableFuture<List<Hold>> verify(Held held, Reading now) {
        HoldName name = held.name();
        long token = held.hold().token();
        if (index.isSettled(name, token)) {
            return CompletableFuture.completedFuture(List.of());
        }
        Check check = new Check(Claim.of(held.hold(), now), held.since(), null, 0);
        return within(timeout, ask(held.revision(), deadline()))
                .thenApply(complete -> decide(check, token, held.revision(), true));
    }

    /** Returns the holds that overlap with a path, in the order of their files, as far as the index knows. */
    public List<Hold> of(FilePath path, Predicate<Hold> which) {
        return index.overlapping(path).stream()
                .map(Held::hold)
                .filter(which)
                .sorted(Comparator.comparing(hold -> HoldName.of(hold).text()))
                .toList();
    }

    private List<Hold> decide(Check check, long token, long revision, boolean revived) {
        HoldName name = check.claim().name();
        long since = check.since() == 0 ? revision : check.since();
        if (revived && index.lastKnown(name) instanceof Held held && held.hold().token() == token) {
            since = held.since();
        }
        long order = since;
        List<Hold> earlier = first(check.claim().file(), held -> check.isBehind(held, revision, order));
        if (earlier.isEmpty()) {
            index.settled(name, token);
        }
        return earlier;
    }

    private List<Hold> first(FilePath file, Predicate<Held> which) {
        Collection<Held> overlapping = index.overlapping(file);
        return overlapping.isEmpty()
                ? List.of()
                : overlapping.stream()
                        .filter(which)
                        .sorted(Comparator.comparingLong(Held::since))
                        .limit(MOST_NAMED)
                        .map(Held::hold)
                        .toList();
    }

    private CompletableFuture<Void> complete(long revision, long gaps, long deadline) {
        return progress.reached(revision)
                .thenCompose(reached ->
                        progress.gaps() == gaps ? CompletableFuture.completedFuture(null) : ask(revision, deadline));
    }

    /** After a gap: what was left out has a successor, which the leader has stored already. */
    private CompletableFuture<Void> ask(long atLeast, long deadline) {
        long gaps = progress.gaps();
        CompletableFuture<Void> done = new CompletableFuture<>();
        lastRevision
                .get()
                .subscribe()
                .with(
                        last -> settle(
                                last >= atLeast ? complete(last, gaps, deadline) : again(atLeast, deadline, null),
                                done),
                        failure -> settle(again(atLeast, deadline, failure), done));
        return done;
    }

    private CompletableFuture<Void> again(long atLeast, long deadline, @Nullable Throwable failure) {
        if (System.nanoTime() - deadline >= 0) {
            return CompletableFuture.failedFuture(
                    failure == null ? new TimeoutException("the leader is behind revision " + atLeast) : failure);
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        Later.run(PAUSE, () -> settle(ask(atLeast, deadline), done));
        return done;
    }

    private static void settle(CompletableFuture<Void> work, CompletableFuture<Void> done) {
        var unused = work.whenComplete((nothing, failure) -> {
            if (failure == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(failure);
            }
        });
    }

    private long deadline() {
        return System.nanoTime() + timeout.toNanos();
    }

    private static <T> CompletableFuture<T> within(Duration limit, CompletableFuture<T> work) {
        return work.isDone() ? work : work.orTimeout(limit.toNanos(), TimeUnit.NANOSECONDS);
    }
}
