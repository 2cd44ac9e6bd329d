package io.heddle.hold.bucket;

import io.heddle.hold.CorruptHoldException;
import io.heddle.hold.FilePath;
import io.heddle.hold.Grant;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldLostException;
import io.heddle.hold.HoldName;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.ReleaseOutcome;
import io.heddle.hold.bucket.HoldEntry.Corrupt;
import io.heddle.hold.bucket.HoldEntry.Held;
import io.heddle.stream.clock.BrokerClock;
import io.heddle.stream.clock.BrokerClock.Reading;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The decisions on an entry, without I/O. All but a write are final only when the entry was read from the leader. For a contender a hold has ended when that is certain, for its holder when it is possible;
 * in between, no one has the file. See docs/holds.md.
 */
public final class HoldRules {

    private final BrokerClock clock;
    private final HoldBucket bucket;
    private final Overlaps overlaps;

    HoldRules(BrokerClock clock, HoldBucket bucket, Overlaps overlaps) {
        this.clock = clock;
        this.bucket = bucket;
        this.overlaps = overlaps;
    }

    /** Returns whether a contender may take the file. */
    public static boolean hasEnded(Hold hold, Reading now) {
        return !now.earliest().isBefore(hold.endsAt());
    }

    /** Returns whether the holder may rely on it for that long: see {@link Hold#holderEndsAt()}. */
    public static boolean isInForce(Hold hold, Reading now, Duration remaining) {
        return now.latest().plus(remaining).isBefore(hold.holderEndsAt());
    }

    /** Grants a file that is vacant, ended or the holder's own; renews the holder's own hold in force. */
    Decision<Grant> announce(HoldRequest request, HoldEntry entry) {
        Reading now = clock.now();
        if (entry instanceof Corrupt corrupt) {
            return new Decision.Refuse<>(new CorruptHoldException(request.file() + ": " + corrupt.reason()));
        }
        if (entry instanceof Held held) {
            Hold hold = held.hold();
            boolean own = hold.holder().equals(request.holder());
            if (own && isInForce(hold, now, Duration.ZERO)) {
                return renewal(request, held, now);
            }
            if (!own && !hasEnded(hold, now)) {
                return new Decision.Refuse<>(new HeldByAnotherException(hold));
            }
        }
        return grant(request, entry.revision(), now, null);
    }

    /** Renews the hold with this token if it is in force. */
    Decision<Grant> renew(Hold lease, Duration ttl, HoldEntry entry) {
        Reading now = clock.now();
        Optional<Held> held = inForce(entry, lease.token(), Duration.ZERO, now);
        if (held.isPresent() && held.get().hold().holder().equals(lease.holder())) {
            return renewal(
                    new HoldRequest(
                            lease.file(), lease.holder(), ttl, lease.checkoutPath(), lease.shared(), lease.reason()),
                    held.get(),
                    now);
        }
        return lost(lease.file(), lease.token(), entry);
    }

    /** Transfers an exclusive hold: the same file, ttl, checkout path and reason, another holder and token. */
    public Decision<Grant> transfer(FilePath file, long token, String toHolder, HoldEntry entry) {
        Reading now = clock.now();
        Optional<Held> held = inForce(entry, token, Duration.ZERO, now);
        if (held.isEmpty()) {
            return lost(file, token, entry);
        }
        Hold hold = held.get().hold();
        HoldRequest request =
                new HoldRequest(file, toHolder, hold.ttl(), hold.checkoutPath()).withReason(hold.reason());
        return grant(request, entry.revision(), now, held.get());
    }

    /** Returns the hold with this token, in force for at least that long; fails otherwise. */
    public Hold require(FilePath file, long token, Duration remaining, HoldEntry entry) {
        return inForce(entry, token, remaining, clock.now())
                .map(held -> held.hold().forHolder())
                .orElseThrow(() -> new HoldLostException(file, token, describe(entry)));
    }

    /** Returns why a grant no longer counts; empty while its hold has not ended. */
    public Optional<HoldLostException> ended(Hold granted) {
        return hasEnded(granted, clock.now())
                ? Optional.of(new HoldLostException(
                        granted.file(),
                        granted.token(),
                        "it was stored after it had ended, or ended at " + granted.endsAt() + " before the call did"))
                : Optional.empty();
    }

    /** Returns how much longer the hold with this token is certainly in force; zero when it is not. */
    public Duration remaining(long token, HoldEntry entry) {
        Reading now = clock.now();
        return inForce(entry, token, Duration.ZERO, now)
                .map(held -> Duration.between(now.latest(), held.hold().holderEndsAt()))
                .orElse(Duration.ZERO);
    }

    /** Deletes the entry if it is the holder's. */
    public Decision<ReleaseOutcome> release(String holder, HoldEntry entry) {
        if (!(entry instanceof Held held) || !held.hold().holder().equals(holder)) {
            boolean anothers = entry instanceof Held held && !hasEnded(held.hold(), clock.now());
            return new Decision.Answer<>(anothers ? ReleaseOutcome.HELD_BY_ANOTHER : ReleaseOutcome.NOT_HELD);
        }
        boolean ended = hasEnded(held.hold(), clock.now());
        return new Decision.Write<>(
                HoldBucket.Write.deletion(entry.revision(), ended ? "expired" : "released", holder),
                revision -> new Decision.Answer<>(ended ? ReleaseOutcome.NOT_HELD : ReleaseOutcome.RELEASED));
    }

    /** Deletes the grant with this token. */
    public Decision<ReleaseOutcome> releaseGrant(Hold hold, HoldEntry entry) {
        if (entry instanceof Held held && held.hold().token() == hold.token()) {
            return release(held.hold().holder(), entry);
        }
        return new Decision.Answer<>(ReleaseOutcome.NOT_HELD);
    }

    /** Deletes exactly this entry: a later one, under the same token too, was the result of another call. */
    Decision<ReleaseOutcome> rollBack(Hold hold, HoldEntry entry) {
        if (entry instanceof Held held && held.revision() == hold.revision()) {
            return release(hold.holder(), entry);
        }
        return new Decision.Answer<>(ReleaseOutcome.NOT_HELD);
    }

    /** Deletes any entry; the answer is whether there was one. */
    public static Decision<Boolean> force(String by, HoldEntry entry) {
        if (entry instanceof HoldEntry.Vacant) {
            return new Decision.Answer<>(false);
        }
        return new Decision.Write<>(
                HoldBucket.Write.deletion(entry.revision(), "forced", by), revision -> new Decision.Answer<>(true));
    }

    private Decision<Grant> renewal(HoldRequest request, Held held, Reading now) {
        Hold hold = held.hold();
        HoldValue value =
                value(request, now, hold.holdId() == null ? nonce() : hold.holdId(), hold.token(), held.since());
        return write(
                new HoldBucket.Write(value, hold.revision(), hold.holderEndsAt(), null, null),
                value,
                overlaps.check(Claim.of(request, now), held.since(), null));
    }

    /** @param from the hold that is transferred; null when none is */
    private Decision<Grant> grant(HoldRequest request, long expected, Reading now, @Nullable Held from) {
        Claim claim = Claim.of(request, now);
        long since = from == null ? 0 : from.since();
        String former = from == null ? null : from.hold().holder();
        HoldValue value = value(request, now, nonce(), 0, since);
        HoldBucket.Write write =
                new HoldBucket.Write(value, expected, null, former == null ? null : "transferred", former);
        Decision<Grant> decision = write(write, value, overlaps.check(claim, since, former));
        List<Hold> conflicts = overlaps.conflicts(claim);
        return conflicts.isEmpty()
                ? decision
                : new Decision.Ask<>(HoldName.of(conflicts.get(0)), entry -> refused(claim, entry, conflicts)
                        .orElse(decision));
    }

    /** Refuses if the first conflict is still there. If it is not, the others are found after the write. */
    private static Optional<Decision<Grant>> refused(Claim claim, HoldEntry entry, List<Hold> conflicts) {
        if (!(entry instanceof Held held && claim.conflictsWith(held.hold()))) {
            return Optional.empty();
        }
        List<Hold> all = new ArrayList<>(conflicts);
        all.set(0, held.hold());
        return Optional.of(new Decision.Refuse<>(new HeldByAnotherException(claim.file(), all)));
    }

    /** The write is stored at the earliest when it was decided, so the earliest possible end counts from then. */
    private Decision<Grant> write(HoldBucket.Write write, HoldValue value, Overlaps.Check check) {
        HoldName name = check.claim().name();
        Instant earliest = check.claim().decided().earliest();
        return new Decision.Write<>(write, revision -> {
            Hold hold = value.toHold(name, revision, earliest, bucket.maxAge()).forHolder();
            Supplier<Decision<Grant>> granted = () -> ended(hold)
                    .<Decision<Grant>>map(late -> new Decision.StoredTooLate<>(write, late))
                    .orElseGet(() -> new Decision.Answer<>(new Grant(hold, !write.isGrant())));
            boolean inTime = !write.isGrant() && clock.now().latest().isBefore(write.heldUntil());
            return ended(hold).isPresent() || (inTime && overlaps.isSettled(name, hold.token()))
                    ? granted.get()
                    : new Decision.Settle<>(
                            write,
                            hold,
                            overlaps.earlier(check, hold.token(), revision, !write.isGrant() && !inTime),
                            granted);
        });
    }

    private HoldValue value(HoldRequest request, Reading now, String holdId, long token, long since) {
        Instant from = now.middle();
        return new HoldValue(
                request.holder(),
                from,
                from.plus(request.ttl()),
                request.checkoutPath(),
                request.ttl(),
                holdId,
                token,
                request.shared(),
                request.reason(),
                since == token ? 0 : since);
    }

    private static Optional<Held> inForce(HoldEntry entry, long token, Duration remaining, Reading now) {
        return entry instanceof Held held && held.hold().token() == token && isInForce(held.hold(), now, remaining)
                ? Optional.of(held)
                : Optional.empty();
    }

    private static Decision<Grant> lost(FilePath file, long token, HoldEntry entry) {
        return new Decision.Refuse<>(new HoldLostException(file, token, describe(entry)));
    }

    private static String describe(HoldEntry entry) {
        return entry instanceof Held held
                ? "the file's last hold is " + held.hold().holder() + "'s, with token "
                        + held.hold().token() + ", until " + held.hold().endsAt()
                : "the file is not held";
    }

    /** Must be unique, but need not be unpredictable. */
    private static String nonce() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }
}
