package io.heddle.hold.bucket;

import static io.heddle.hold.Rig.file;
import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.hold.Hold;
import io.heddle.hold.HoldName;
import io.heddle.hold.bucket.HoldEntry.Held;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LateGrantsTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration TTL = Duration.ofSeconds(30);

    private final List<HoldName> rolledBack = new ArrayList<>();
    private final AtomicLong ticks = new AtomicLong();
    private final LateGrants lateGrants = new LateGrants(ticks::get, (file, held) -> rolledBack.add(file));

    /** Two agents of one process asked for the same file, and neither knows the outcome. */
    @Test
    void theFirstOfTwoUnknownGrantsOfAFileIsRolledBackToo() {
        HoldBucket.Write first = grant("a", "nonce-a");
        HoldBucket.Write second = grant("b", "nonce-b");
        lateGrants.follow(hold("x"), first, () -> null);
        lateGrants.follow(hold("x"), second, () -> null);

        lateGrants.seen(hold("x"), entry(first, 5));

        assertThat(rolledBack).containsExactly(hold("x"));
    }

    @Test
    void oneThatMayStillComeIsWaitedFor() {
        HoldBucket.Write late = new HoldBucket.Write(grant("a", "nonce-a").value(), 7, null, null, null);
        lateGrants.follow(hold("x"), late, () -> null);

        lateGrants.seen(hold("x"), entry(grant("b", "nonce-b"), 6));
        lateGrants.seen(hold("x"), entry(late, 8));
        lateGrants.seen(hold("x"), entry(late, 9));

        assertThat(rolledBack).containsExactly(hold("x"));
    }

    @Test
    void anothersGrantIsLeftAlone() {
        lateGrants.follow(hold("x"), grant("a", "nonce-a"), () -> null);

        lateGrants.seen(hold("x"), entry(grant("b", "nonce-b"), 5));

        assertThat(rolledBack).isEmpty();
    }

    @Test
    void allAreFollowedUpHoweverManyTheyAre() {
        for (int i = 0; i < 20_000; i++) {
            lateGrants.follow(hold("x" + i), grant("a", "nonce-" + i), () -> null);
        }

        lateGrants.seen(hold("x19999"), entry(grant("a", "nonce-19999"), 5));

        assertThat(rolledBack).containsExactly(hold("x19999"));
        assertThat(lateGrants.size()).isEqualTo(19_999);
    }

    @Test
    void afterAWhileTheyAreForgottenAndCounted() {
        lateGrants.follow(hold("x"), grant("a", "nonce-a"), () -> null);
        ticks.addAndGet(Duration.ofMinutes(10).toNanos());
        lateGrants.follow(hold("x"), grant("b", "nonce-b"), () -> null);
        lateGrants.follow(hold("y"), grant("b", "nonce-c"), () -> null);
        ticks.addAndGet(Duration.ofMinutes(6).toNanos());

        int dropped = lateGrants.dropOld();

        assertThat(dropped).isOne();
        assertThat(lateGrants.size()).isEqualTo(2);
        lateGrants.seen(hold("x"), entry(grant("b", "nonce-b"), 5));
        assertThat(rolledBack).containsExactly(hold("x"));
    }

    private static HoldBucket.Write grant(String agent, String nonce) {
        return new HoldBucket.Write(new HoldValue(agent, NOW, NOW.plus(TTL), "", TTL, nonce, 0), 0, null, null, null);
    }

    private static HoldEntry entry(HoldBucket.Write write, long revision) {
        Hold hold = write.value().toHold(hold("x"), revision, NOW, TTL);
        return new Held(hold, write.value(), NOW, null, null);
    }

    private static HoldName hold(String name) {
        return HoldName.of(file(name));
    }
}
