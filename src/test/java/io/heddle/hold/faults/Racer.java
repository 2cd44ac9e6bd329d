package io.heddle.hold.faults;

import static io.heddle.hold.faults.RaceWorker.pause;

import io.heddle.hold.FilePath;
import io.heddle.hold.HeldByAnotherException;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldLease;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.OutcomeUnknownException;
import io.heddle.hold.ReleaseOutcome;
import io.heddle.hold.bucket.HoldRules;
import io.heddle.hold.faults.HoldHistory.Kind;
import io.heddle.hold.faults.RaceWorker.Shared;
import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;

/**
 * Races for one file. A touch is written with a time from before the check that the hold is in force, so that a process that is
 * stopped in between accuses nobody. After a call of unknown outcome nothing is counted on: what it came to shows in what
 * others see.
 */
final class Racer implements Runnable {

    /** Far more than any call may take. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Shared shared;
    private final FilePath file;
    private final Random random;
    private final SeededBug bug;

    Racer(Shared shared, FilePath file, Random random) {
        this.shared = shared;
        this.file = file;
        this.random = random;
        this.bug = SeededBug.of(file, shared, random);
    }

    @Override
    public void run() {
        while (true) {
            if (!bug.isSeeded() && random.nextInt(3) == 0) {
                lease();
            } else {
                hold();
            }
        }
    }

    private void hold() {
        Optional<Hold> granted = announce();
        for (int i = random.nextInt(20); i > 0 && granted.filter(this::touch).isPresent(); i--) {
            pause(random.nextInt(10));
        }
        if (granted.isPresent() && random.nextInt(3) == 0) {
            granted = announce();
        }
        if (granted.isEmpty()) {
            look();
            pause(5 + random.nextInt(25));
            return;
        }
        Hold hold = granted.get();
        if (random.nextInt(4) == 0) {
            confirm(hold);
        }
        if (bug.isSeeded()) {
            bug.strike(hold, this::touch);
        } else if (random.nextBoolean()) {
            release(shared.holds().release(file, shared.agent()), hold.token());
        } else {
            while (touch(hold)) {
                pause(1 + random.nextInt(8));
            }
        }
    }

    private void lease() {
        Optional<HoldLease> acquired = acquire();
        if (acquired.isEmpty()) {
            pause(5 + random.nextInt(25));
            return;
        }
        HoldLease lease = acquired.get();
        for (int i = random.nextInt(150); i > 0 && touch(lease); i--) {
            pause(random.nextInt(10));
        }
        release(lease.release(), lease.token());
    }

    private Optional<Hold> announce() {
        long began = System.nanoTime();
        return call(
                        began,
                        shared.holds().announce(new HoldRequest(file, shared.agent(), ttl())),
                        Kind.ANNOUNCE_UNKNOWN,
                        Kind.ANNOUNCE_FAILED)
                .map(grant -> {
                    shared.write(
                            grant.renewal() ? Kind.RENEWED : Kind.GRANTED, file, began, grant.token(), shared.agent());
                    return grant.hold();
                });
    }

    private Optional<HoldLease> acquire() {
        long began = System.nanoTime();
        Optional<HoldLease> lease = call(
                began,
                shared.holds().acquire(new HoldRequest(file, shared.agent(), ttl())),
                Kind.ANNOUNCE_UNKNOWN,
                Kind.ANNOUNCE_FAILED);
        lease.ifPresent(held -> shared.write(Kind.LEASED, file, began, held.token(), shared.agent()));
        return lease;
    }

    private void release(Uni<ReleaseOutcome> release, long token) {
        long began = System.nanoTime();
        call(began, release, Kind.RELEASE_UNKNOWN, Kind.RELEASE_FAILED)
                .ifPresent(outcome -> shared.write(
                        outcome == ReleaseOutcome.RELEASED ? Kind.RELEASED : Kind.NOT_RELEASED,
                        file,
                        began,
                        token,
                        shared.agent()));
    }

    private void look() {
        long began = System.nanoTime();
        call(began, shared.holds().whoHas(file), Kind.READ_FAILED, Kind.READ_FAILED)
                .ifPresent(seen -> seen.ifPresentOrElse(
                        hold -> shared.write(Kind.SEEN, file, began, hold.token(), hold.holder()),
                        () -> shared.write(Kind.VACANT, file, began, 0, shared.agent())));
    }

    private void confirm(Hold hold) {
        long began = System.nanoTime();
        call(
                        began,
                        shared.holds().assertHeld(file, hold.token(), Duration.ZERO),
                        Kind.NOT_CONFIRMED,
                        Kind.NOT_CONFIRMED)
                .ifPresent(held -> shared.write(Kind.CONFIRMED, file, began, held.token(), held.holder()));
    }

    private boolean touch(Hold hold) {
        long at = System.nanoTime();
        return touched(at, HoldRules.isInForce(hold, shared.clock().now(), Duration.ZERO), hold.token());
    }

    private boolean touch(HoldLease lease) {
        long at = System.nanoTime();
        return touched(at, lease.isInForce(), lease.token());
    }

    private boolean touched(long at, boolean inForce, long token) {
        if (inForce) {
            shared.history().write(new HoldHistory.Step(Kind.TOUCHED, at, at, token, file.toString(), shared.agent()));
        }
        return inForce;
    }

    /** What a call answers; empty when it fails, which is written down in its kind. */
    private <T> Optional<T> call(long began, Uni<T> call, Kind unknown, Kind failed) {
        try {
            return Optional.of(call.await().atMost(PATIENCE));
        } catch (HeldByAnotherException e) {
            shared.write(Kind.REFUSED, file, began, e.hold().token(), e.hold().holder());
        } catch (OutcomeUnknownException e) {
            shared.write(unknown, file, began, 0, shared.agent());
        } catch (TimeoutException e) {
            shared.write(Kind.HUNG, file, began, 0, shared.agent());
        } catch (RuntimeException e) {
            shared.write(failed, file, began, 0, shared.agent());
            pause(20 + random.nextInt(60));
        }
        return Optional.empty();
    }

    private Duration ttl() {
        // Now and then for longer, so that what goes wrong with it has time to be noticed.
        return Duration.ofMillis(random.nextInt(4) == 0 ? 1_500 : 150 + random.nextInt(350));
    }
}
