package io.heddle.hold.faults;

import static io.heddle.hold.faults.RaceWorker.pause;

import io.heddle.hold.FilePath;
import io.heddle.hold.Grant;
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
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Races for one file. A touch is written with a time from before the check that the hold is in force, so that a process that is
 * stopped in between accuses nobody. After a call of unknown outcome nothing is counted on: what it came to shows in what
 * others see.
 */
final class Racer implements Runnable {

    /** One turn in so many is a crowd. */
    private static final int CROWDED = 25;

    /** How many holders of one process wait for the file at a time, and for how long. */
    private static final int WAITERS = 8;

    private static final Duration WAITS = Duration.ofSeconds(2);
    /** Far more than any call may take, in turns that a process which does not run does not use up. */
    private static final int TURNS = 100;

    private static final Duration TURN = Duration.ofMillis(200);

    private final Shared shared;
    private final Contested contested;
    private final FilePath file;
    private final Random random;
    private final SeededBug bug;

    Racer(Shared shared, Contested contested, Random random) {
        this.shared = shared;
        this.contested = contested;
        this.file = contested.file();
        this.random = random;
        this.bug = SeededBug.of(file, shared, random);
    }

    @Override
    public void run() {
        while (true) {
            if (!bug.isSeeded() && random.nextInt(CROWDED) == 0) {
                crowd();
            } else if (!bug.isSeeded() && !contested.shared() && random.nextInt(3) == 0) {
                lease();
            } else {
                hold();
            }
            pause(random.nextInt(1 + contested.restMillis()));
        }
    }

    /** Waiters in numbers: each holds the file in its turn, or its time is up. */
    private void crowd() {
        List<Thread> waiters = IntStream.range(0, WAITERS)
                .mapToObj(number -> {
                    String waiter = contested.agent() + "." + number;
                    Random own = new Random(random.nextLong());
                    return new Thread(() -> await(waiter, own), file + " " + waiter);
                })
                .toList();
        waiters.forEach(Thread::start);
        try {
            for (Thread waiter : waiters) {
                waiter.join();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void await(String waiter, Random own) {
        long began = System.nanoTime();
        Uni<Grant> turn = shared.holds().announce(request(waiter, shared.pace().ttl(own)), WAITS);
        Optional<Grant> granted = call(waiter, began, turn, Kind.ANNOUNCE_UNKNOWN, Kind.ANNOUNCE_FAILED);
        if (granted.isEmpty()) {
            return;
        }
        Hold hold = granted.get().hold();
        shared.write(Kind.GRANTED, contested.name(waiter), began, hold.token(), waiter);
        for (int i = own.nextInt(10); i > 0 && touch(hold); i--) {
            pause(own.nextInt(5));
        }
        release(waiter, shared.holds().release(file, waiter), hold.token());
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
        if (random.nextInt(shared.pace().confirmsOneOf) == 0) {
            hold = confirm(hold).orElse(hold);
        }
        if (bug.isSeeded()) {
            bug.strike(hold, this::touch);
        } else if (random.nextBoolean()) {
            release(contested.agent(), shared.holds().release(file, contested.agent()), hold.token());
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
        for (int i = random.nextInt(shared.pace().touchesOfLease); i > 0 && touch(lease); i--) {
            pause(random.nextInt(10));
        }
        release(contested.agent(), lease.release(), lease.token());
    }

    private Optional<Hold> announce() {
        long began = System.nanoTime();
        return call(
                        contested.agent(),
                        began,
                        shared.holds().announce(request(contested.agent(), ttl())),
                        Kind.ANNOUNCE_UNKNOWN,
                        Kind.ANNOUNCE_FAILED)
                .map(grant -> {
                    shared.write(
                            grant.renewal() ? Kind.RENEWED : Kind.GRANTED,
                            name(),
                            began,
                            grant.token(),
                            contested.agent());
                    return grant.hold();
                });
    }

    private Optional<HoldLease> acquire() {
        long began = System.nanoTime();
        Optional<HoldLease> lease = call(
                contested.agent(),
                began,
                shared.holds().acquire(request(contested.agent(), ttl())),
                Kind.ANNOUNCE_UNKNOWN,
                Kind.ANNOUNCE_FAILED);
        lease.ifPresent(held -> shared.write(Kind.LEASED, name(), began, held.token(), contested.agent()));
        return lease;
    }

    private void release(String agent, Uni<ReleaseOutcome> release, long token) {
        long began = System.nanoTime();
        call(agent, began, release, Kind.RELEASE_UNKNOWN, Kind.RELEASE_FAILED)
                .ifPresent(outcome -> shared.write(
                        outcome == ReleaseOutcome.RELEASED ? Kind.RELEASED : Kind.NOT_RELEASED,
                        contested.name(agent),
                        began,
                        token,
                        agent));
    }

    private void look() {
        long began = System.nanoTime();
        call(contested.agent(), began, shared.holds().whoHas(file), Kind.READ_FAILED, Kind.READ_FAILED)
                .ifPresent(seen -> seen.ifPresentOrElse(
                        hold -> seen(hold, began),
                        () -> shared.write(Kind.VACANT, file.toString(), began, 0, contested.agent())));
    }

    /** What only overlaps is read from the process's index, which may be behind. */
    private void seen(Hold hold, long began) {
        if (hold.file().equals(file) && !hold.shared()) {
            shared.write(Kind.SEEN, file.toString(), began, hold.token(), hold.holder());
        }
    }

    /** What the broker's leader says of its end counts from then on. */
    private Optional<Hold> confirm(Hold hold) {
        long began = System.nanoTime();
        Optional<Hold> confirmed = call(
                contested.agent(),
                began,
                shared.holds().assertHeld(file, hold.token(), Duration.ZERO),
                Kind.NOT_CONFIRMED,
                Kind.NOT_CONFIRMED);
        confirmed.ifPresent(
                held -> shared.write(Kind.CONFIRMED, Contested.name(held), began, held.token(), held.holder()));
        return confirmed;
    }

    private boolean touch(Hold hold) {
        long at = System.nanoTime();
        boolean inForce = HoldRules.isInForce(hold, shared.clock().now(), Duration.ZERO);
        return touched(hold.holder(), at, inForce, hold.token());
    }

    private boolean touch(HoldLease lease) {
        long at = System.nanoTime();
        return touched(contested.agent(), at, lease.isInForce(), lease.token());
    }

    private boolean touched(String agent, long at, boolean inForce, long token) {
        if (inForce) {
            shared.history().write(new HoldHistory.Step(Kind.TOUCHED, at, at, token, contested.name(agent), agent));
        }
        return inForce;
    }

    /** What a call answers; empty when it fails, which is written down in its kind. */
    private <T> Optional<T> call(String agent, long began, Uni<T> call, Kind unknown, Kind failed) {
        try {
            return Optional.of(await(call));
        } catch (HeldByAnotherException e) {
            shared.write(
                    Kind.REFUSED,
                    Contested.name(e.hold()),
                    began,
                    e.hold().token(),
                    e.hold().holder());
        } catch (OutcomeUnknownException e) {
            shared.write(unknown, contested.name(agent), began, 0, agent);
        } catch (TimeoutException e) {
            shared.write(Kind.HUNG, contested.name(agent), began, 0, agent);
        } catch (RuntimeException e) {
            shared.write(failed, contested.name(agent), began, 0, agent);
            pause(20 + ThreadLocalRandom.current().nextInt(60));
        }
        return Optional.empty();
    }

    private static <T> T await(Uni<T> call) {
        CountDownLatch done = new CountDownLatch(1);
        CompletableFuture<T> pending =
                call.onTermination().invoke(done::countDown).subscribeAsCompletionStage();
        try {
            int turn = 0;
            while (turn < TURNS && !done.await(TURN.toMillis(), TimeUnit.MILLISECONDS)) {
                turn++;
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
        if (done.getCount() > 0) {
            throw new TimeoutException();
        }
        try {
            return pending.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : e;
        }
    }

    private HoldRequest request(String agent, Duration ttl) {
        return new HoldRequest(file, agent, ttl, "", contested.shared(), "");
    }

    private String name() {
        return contested.name(contested.agent());
    }

    private Duration ttl() {
        return shared.pace().ttl(random);
    }
}
