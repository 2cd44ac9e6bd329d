package io.heddle.hold.bucket;

import io.heddle.hold.CorruptHoldException;
import io.heddle.hold.FilePath;
import io.heddle.hold.Grant;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldLostException;
import io.heddle.hold.ReleaseOutcome;
import io.heddle.hold.bucket.HoldEntry.Corrupt;
import io.heddle.hold.bucket.HoldEntry.Held;
import io.heddle.stream.clock.BrokerClock;
import io.heddle.stream.clock.BrokerClock.Reading;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What may be done about an entry: the rules, without I/O. A contender counts a hold as ended when that is certain, its holder
 * when it is possible; in between, nobody has it. The rules of docs/holds.md.
 */
public final class HoldRules {

    private final BrokerClock clock;
    private final HoldBucket bucket;

    HoldRules(BrokerClock clock, HoldBucket bucket) {
        this.clock = clock;
        this.bucket = bucket;
    }

    /** Whether a contender may take the file. */
    public static boolean hasEnded(Hold hold, Reading now) {
        return !now.earliest().isBefore(hold.endsAt());
    }

    /** Whether the holder may rely on it for that long: see {@link Hold#holderEndsAt()}. */
    public static boolean isInForce(Hold hold, Reading now, Duration remaining) {
        return now.latest().plus(remaining).isBefore(hold.holderEndsAt());
    }

    /** A grant where it is vacant, ended or own; a renewal where it is own and in force. */
    Decision<Grant> announce(Request request, HoldEntry entry, boolean fromLeader) {
        Reading now = clock.now();
        if (entry instanceof Corrupt corrupt) {
            return fromLeader
                    ? new Decision.Refuse<>(new CorruptHoldException(request.file() + ": " + corrupt.reason()))
                    : new Decision.AskLeader<>();
        }
        if (entry instanceof Held held) {
            Hold hold = held.hold();
            boolean own = hold.holder().equals(request.holder());
            if (own && isInForce(hold, now, Duration.ZERO)) {
                return renewal(request, hold, now);
            }
            if (!own && !hasEnded(hold, now)) {
                return fromLeader
                        ? new Decision.Refuse<>(new HeldByAnotherException(hold))
                        : new Decision.AskLeader<>();
            }
        }
        return grant(request, entry.revision(), now, null, null);
    }

    /** The next entry of a hold that is in force and has this token; refuses when there is none. */
    Decision<Grant> renew(Hold wanted, Duration ttl, HoldEntry entry, boolean fromLeader) {
        Reading now = clock.now();
        Optional<Hold> hold = inForce(entry, wanted.token(), Duration.ZERO, now);
        if (hold.isPresent() && hold.get().holder().equals(wanted.holder())) {
            return renewal(new Request(wanted.file(), wanted.holder(), ttl, wanted.checkoutPath()), hold.get(), now);
        }
        return lost(wanted.file(), wanted.token(), entry, fromLeader);
    }

    /** Passes a hold on: the same file, ttl and checkout, another agent and token. */
    public Decision<Grant> transfer(FilePath file, long token, String toAgent, HoldEntry entry, boolean fromLeader) {
        Reading now = clock.now();
        Optional<Hold> hold = inForce(entry, token, Duration.ZERO, now);
        if (hold.isEmpty()) {
            return lost(file, token, entry, fromLeader);
        }
        Request request =
                new Request(file, toAgent, hold.get().ttl(), hold.get().checkoutPath());
        return grant(request, entry.revision(), now, "transferred", hold.get().holder());
    }

    /** The hold in force with this token, for at least that long; fails otherwise. */
    public Hold require(FilePath file, long token, Duration remaining, HoldEntry entry) {
        return inForce(entry, token, remaining, clock.now())
                .map(Hold::forHolder)
                .orElseThrow(() -> new HoldLostException(file, token, describe(entry)));
    }

    /** Why a grant no longer counts; empty while its hold has not ended. */
    public Optional<HoldLostException> ended(Hold granted) {
        return hasEnded(granted, clock.now())
                ? Optional.of(new HoldLostException(
                        granted.file(),
                        granted.token(),
                        "it was stored after it had ended, or ended at " + granted.endsAt() + " before the call did"))
                : Optional.empty();
    }

    /** How much longer the hold with this token is surely in force; zero when it is not. */
    public Duration remaining(long token, HoldEntry entry) {
        Reading now = clock.now();
        return inForce(entry, token, Duration.ZERO, now)
                .map(hold -> Duration.between(now.latest(), hold.holderEndsAt()))
                .orElse(Duration.ZERO);
    }

    /** Deletes an entry that is the agent's own; says so when there is none. */
    public Decision<ReleaseOutcome> release(String holder, HoldEntry entry, boolean fromLeader) {
        if (!(entry instanceof Held held) || !held.hold().holder().equals(holder)) {
            if (!fromLeader) {
                return new Decision.AskLeader<>();
            }
            boolean anothers = entry instanceof Held held && !hasEnded(held.hold(), clock.now());
            return new Decision.Answer<>(anothers ? ReleaseOutcome.HELD_BY_ANOTHER : ReleaseOutcome.NOT_HELD);
        }
        boolean ended = hasEnded(held.hold(), clock.now());
        return new Decision.Write<>(
                HoldBucket.Write.deletion(entry.revision(), ended ? "expired" : "released", holder),
                revision -> new Decision.Answer<>(ended ? ReleaseOutcome.NOT_HELD : ReleaseOutcome.RELEASED));
    }

    /** Deletes the grant with this token, whoever asks. */
    public Decision<ReleaseOutcome> releaseGrant(Hold hold, HoldEntry entry, boolean fromLeader) {
        if (entry instanceof Held held && held.hold().token() == hold.token()) {
            return release(held.hold().holder(), entry, fromLeader);
        }
        return fromLeader ? new Decision.Answer<>(ReleaseOutcome.NOT_HELD) : new Decision.AskLeader<>();
    }

    /** Deletes exactly this entry: one that came after it, under the same token too, was the answer to another call. */
    Decision<ReleaseOutcome> takeBack(Hold hold, HoldEntry entry, boolean fromLeader) {
        if (entry instanceof Held held && held.revision() == hold.revision()) {
            return release(hold.holder(), entry, fromLeader);
        }
        return fromLeader ? new Decision.Answer<>(ReleaseOutcome.NOT_HELD) : new Decision.AskLeader<>();
    }

    /** Deletes whatever is there; the answer is whether anything was. */
    public static Decision<Boolean> force(String by, HoldEntry entry, boolean fromLeader) {
        if (entry instanceof HoldEntry.Vacant) {
            return fromLeader ? new Decision.Answer<>(false) : new Decision.AskLeader<>();
        }
        return new Decision.Write<>(
                HoldBucket.Write.deletion(entry.revision(), "forced", by), revision -> new Decision.Answer<>(true));
    }

    private Decision<Grant> renewal(Request request, Hold hold, Reading now) {
        HoldValue value = value(request, now, hold.holdId() == null ? nonce() : hold.holdId(), hold.token());
        return write(
                request.file(),
                new HoldBucket.Write(value, hold.revision(), hold.holderEndsAt(), null, null),
                value,
                now);
    }

    private Decision<Grant> grant(
            Request request, long expected, Reading now, @Nullable String reason, @Nullable String by) {
        HoldValue value = value(request, now, nonce(), 0);
        return write(request.file(), new HoldBucket.Write(value, expected, null, reason, by), value, now);
    }

    /** It cannot be stored before now, so now is what the earliest moment at which it can end is counted from. */
    private Decision<Grant> write(FilePath file, HoldBucket.Write write, HoldValue value, Reading now) {
        return new Decision.Write<>(write, revision -> {
            Hold hold = value.toHold(file, revision, now.earliest(), bucket.maxAge())
                    .forHolder();
            return ended(hold)
                    .<Decision<Grant>>map(late -> new Decision.StoredTooLate<>(write, late))
                    .orElseGet(() -> new Decision.Answer<>(new Grant(hold, write.heldUntil() != null)));
        });
    }

    private HoldValue value(Request request, Reading now, String holdId, long token) {
        Instant from = now.middle();
        return new HoldValue(
                request.holder(), from, from.plus(request.ttl()), request.checkoutPath(), request.ttl(), holdId, token);
    }

    private static Optional<Hold> inForce(HoldEntry entry, long token, Duration remaining, Reading now) {
        return entry instanceof Held held && held.hold().token() == token && isInForce(held.hold(), now, remaining)
                ? Optional.of(held.hold())
                : Optional.empty();
    }

    private static Decision<Grant> lost(FilePath file, long token, HoldEntry entry, boolean fromLeader) {
        return fromLeader
                ? new Decision.Refuse<>(new HoldLostException(file, token, describe(entry)))
                : new Decision.AskLeader<>();
    }

    private static String describe(HoldEntry entry) {
        return entry instanceof Held held
                ? "the file's last hold is " + held.hold().holder() + "'s with token "
                        + held.hold().token() + ", until " + held.hold().endsAt()
                : "the file is not held";
    }

    /** Only has to be unlike any other; nobody gains by guessing it, so it need not come from the slow, safe source. */
    private static String nonce() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }

    /** Who wants what for how long. */
    public record Request(FilePath file, String holder, Duration ttl, String checkoutPath) {}
}
