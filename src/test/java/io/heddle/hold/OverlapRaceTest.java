package io.heddle.hold;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Processes that race for overlapping paths in a small random tree: no two conflicting grants are in force at once. */
class OverlapRaceTest {

    private static final Duration TTL = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long FOR_NANOS = Duration.ofSeconds(Integer.getInteger("heddle.test.race-seconds", 6))
            .toNanos();

    private final Rig rig = new Rig();
    private final Map<Hold, Boolean> inForce = new ConcurrentHashMap<>();
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private final AtomicInteger grants = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();

    @AfterEach
    void end() {
        rig.close();
    }

    @Test
    void noTwoConflictingGrantsAreInForceAtOnce() throws InterruptedException {
        long seed = Long.getLong("heddle.test.seed", System.nanoTime());
        System.out.println("OverlapRaceTest: -Dheddle.test.seed=" + seed);
        List<Thread> racers = new ArrayList<>();
        long until = System.nanoTime() + FOR_NANOS;
        for (int process = 0; process < 2; process++) {
            KvHolds holds = rig.holds();
            for (int i = 0; i < 4; i++) {
                Random random = new Random(seed + racers.size());
                String holder = "h" + racers.size();
                racers.add(new Thread(() -> race(holds, holder, random, until)));
            }
        }
        racers.forEach(Thread::start);
        for (Thread racer : racers) {
            racer.join();
        }

        System.out.println("OverlapRaceTest: " + grants + " grants, " + refusals + " refusals");
        assertThat(violations).isEmpty();
        assertThat(grants).hasValueGreaterThan(50);
        assertThat(refusals).hasValueGreaterThan(50);
    }

    private void race(KvHolds holds, String holder, Random random, long until) {
        while (System.nanoTime() < until) {
            HoldRequest request = new HoldRequest(path(random), holder, TTL, "", random.nextInt(3) == 0, "");
            Uni<Grant> call = random.nextInt(5) == 0
                    ? holds.announce(request, Duration.ofMillis(1 + random.nextInt(300)))
                    : holds.announce(request);
            try {
                Hold hold = call.await().atMost(PATIENCE).hold();
                grants.incrementAndGet();
                begin(hold);
                for (int i = random.nextInt(3); i > 0; i--) {
                    holds.assertHeld(hold.file(), hold.token(), Duration.ZERO)
                            .await()
                            .atMost(PATIENCE);
                }
                inForce.remove(hold);
                holds.release(hold.file(), holder).await().atMost(PATIENCE);
            } catch (HeldByAnotherException | AwaitTimeoutException refused) {
                refusals.incrementAndGet();
            } catch (HoldLostException lost) {
                violations.add(lost.toString());
            }
        }
    }

    /** Registered after the answer and removed before the release, so what is registered is in force. */
    private void begin(Hold hold) {
        inForce.put(hold, true);
        for (Hold other : inForce.keySet()) {
            if (!other.holder().equals(hold.holder())
                    && !(other.shared() && hold.shared())
                    && other.file().overlaps(hold.file())) {
                violations.add(hold + " and " + other);
            }
        }
    }

    private static FilePath path(Random random) {
        StringBuilder path = new StringBuilder("/race");
        for (int depth = 1 + random.nextInt(3); depth > 0; depth--) {
            path.append('/').append((char) ('a' + random.nextInt(2)));
        }
        return random.nextInt(3) == 0 ? FilePath.directory(path.toString()) : FilePath.of(path.toString());
    }
}
