package io.heddle.hold.bucket;

import static io.heddle.hold.Rig.file;
import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.bucket.HoldEntry.Held;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LateGrantsTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration TTL = Duration.ofSeconds(30);

    private final List<FilePath> takenBack = new ArrayList<>();
    private final LateGrants lateGrants = new LateGrants((file, held) -> takenBack.add(file));

    /** Two agents of one process asked for the same file, and both were told that nothing is known. */
    @Test
    void theFirstOfTwoUnknownGrantsOfAFileIsTakenBackToo() {
        HoldBucket.Write first = grant("a", "nonce-a");
        HoldBucket.Write second = grant("b", "nonce-b");
        lateGrants.gaveUp(file("x"), first, () -> null);
        lateGrants.gaveUp(file("x"), second, () -> null);

        lateGrants.seen(file("x"), entry(first, 5));

        assertThat(takenBack).containsExactly(file("x"));
    }

    @Test
    void oneThatMayStillComeIsWaitedFor() {
        HoldBucket.Write late = new HoldBucket.Write(grant("a", "nonce-a").value(), 7, null, null, null);
        lateGrants.gaveUp(file("x"), late, () -> null);

        lateGrants.seen(file("x"), entry(grant("b", "nonce-b"), 6));
        lateGrants.seen(file("x"), entry(late, 8));
        lateGrants.seen(file("x"), entry(late, 9));

        assertThat(takenBack).containsExactly(file("x"));
    }

    @Test
    void anothersGrantIsLeftAlone() {
        lateGrants.gaveUp(file("x"), grant("a", "nonce-a"), () -> null);

        lateGrants.seen(file("x"), entry(grant("b", "nonce-b"), 5));

        assertThat(takenBack).isEmpty();
    }

    private static HoldBucket.Write grant(String agent, String nonce) {
        return new HoldBucket.Write(new HoldValue(agent, NOW, NOW.plus(TTL), "", TTL, nonce, 0), 0, null, null, null);
    }

    private static HoldEntry entry(HoldBucket.Write write, long revision) {
        Hold hold = write.value().toHold(file("x"), revision, NOW, TTL);
        return new Held(hold, write.value(), NOW, null, null);
    }
}
