package io.heddle.hold.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExpiryWheelTest {

    private static final Instant START = Instant.parse("2026-04-19T10:00:00Z");

    private final ExpiryWheel<String> wheel = new ExpiryWheel<>();

    @Test
    void nothingFallsDueBeforeItsTime() {
        wheel.add("a", START.plusNanos(1));

        assertThat(wheel.due(START)).isEmpty();
        assertThat(wheel.next()).isEqualTo(START.plusMillis(1));
        assertThat(wheel.due(START.plusMillis(1))).containsExactly("a");
        assertThat(wheel.next()).isNull();
    }

    @Test
    void whatIsMovedToALaterTimeFallsDueEarlyAndOnce() {
        wheel.add("a", START.plusMillis(10));
        wheel.add("a", START.plusMillis(50));

        assertThat(wheel.due(START.plusMillis(10))).containsExactly("a");
        assertThat(wheel.due(START.plusMillis(100))).isEmpty();
    }

    @Test
    void whatIsMovedToAnEarlierTimeFallsDueThen() {
        wheel.add("a", START.plusMillis(50));
        wheel.add("a", START.plusMillis(10));

        assertThat(wheel.due(START.plusMillis(10))).containsExactly("a");
        assertThat(wheel.due(START.plusMillis(100))).isEmpty();
    }

    @Test
    void everythingFallsDueInTheEndWhateverTheOrder() {
        long seed = Long.getLong("heddle.test.seed", System.nanoTime());
        Random random = new Random(seed);
        Map<String, Instant> expected = new HashMap<>();
        int fired = 0;
        for (int step = 0; step < 20_000; step++) {
            Instant now = START.plusMillis(step);
            String thing = "t" + random.nextInt(300);
            Instant due = now.plusMillis(1 + random.nextInt(500));
            expected.put(thing, due);
            wheel.add(thing, due);
            for (String ready : wheel.due(now)) {
                Instant at = expected.get(ready);
                if (at.isAfter(now)) {
                    wheel.add(ready, at);
                } else {
                    assertThat(at).as("seed %d", seed).isAfter(now.minusMillis(2));
                    expected.remove(ready);
                    fired++;
                }
            }
        }
        assertThat(fired).isGreaterThan(100);
        wheel.clear();
        assertThat(wheel.next()).isNull();
    }
}
