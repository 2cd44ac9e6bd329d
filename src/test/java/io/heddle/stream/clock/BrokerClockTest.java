package io.heddle.stream.clock;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.stream.clock.BrokerClock.Reading;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BrokerClockTest {

    private static final Instant START = Instant.parse("2026-04-19T10:00:00Z");

    private long ticks = 77_000_000_000L;
    private long wall = 1_000_000L;
    private Instant broker = START;
    private final BrokerClock clock = new BrokerClock(() -> ticks, () -> wall, Duration.ZERO);

    @Test
    void knowsNothingBeforeItIsCalibrated() {
        Reading reading = clock.now();

        assertThat(clock.isCalibrated()).isFalse();
        assertThat(reading.earliest()).isBefore(START);
        assertThat(reading.latest()).isAfter(START.plus(Duration.ofDays(36_500)));
    }

    @Test
    void itsIntervalIsAsWideAsTheAnswerTook() {
        calibrate(3, 7);

        assertThat(clock.now().earliest()).isEqualTo(broker.minusMillis(7));
        assertThat(clock.now().latest())
                .isBetween(broker.plusMillis(3), broker.plusMillis(3).plus(drift(Duration.ofMillis(10))));
    }

    @Test
    void itsIntervalHoldsTheBrokersTimeWhateverTheDelaysAndTheDrift() {
        long seed = Long.getLong("heddle.test.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 100_000; i++) {
            if (i % 50 == 0) {
                calibrate(random.nextInt(100), random.nextInt(100));
            }
            long nanos = random.nextInt(1_000_000_000);
            // Both clocks are slewed by up to chrony's default limit, in any direction.
            double here = 1 + (random.nextDouble() * 2 - 1) * 83_333e-6;
            double there = 1 + (random.nextDouble() * 2 - 1) * 83_333e-6;
            double drift = there / here - 1;
            pass(nanos, (long) (nanos * drift));

            Reading reading = clock.now();
            if (reading.earliest().isAfter(broker) || reading.latest().isBefore(broker)) {
                throw new AssertionError("seed " + seed + ", step " + i + ": " + broker + " is not in " + reading);
            }
        }
    }

    @Test
    void itsIntervalHoldsTheBrokersTimeWhenBothClocksAreSlewedInOppositeDirections() {
        for (double slew : new double[] {83_333e-6, -83_333e-6}) {
            calibrate(1, 1);

            pass(millis(1000), (long) (millis(1000) * ((1 + slew) / (1 - slew) - 1)));

            assertThat(clock.now().earliest()).isBeforeOrEqualTo(broker);
            assertThat(clock.now().latest()).isAfterOrEqualTo(broker);
            assertThat(clock.now().bound()).isLessThan(Duration.ofMillis(200));
        }
    }

    @Test
    void aWorseCalibrationIsIgnoredUnlessItContradictsOrCountsAnew() {
        calibrate(1, 1);
        Reading before = clock.now();

        clock.calibrate(ticks - millis(50), broker, false);
        assertThat(clock.now()).isEqualTo(before);

        clock.calibrate(ticks - millis(50), broker, true);
        assertThat(clock.now().bound())
                .isBetween(Duration.ofMillis(25), Duration.ofMillis(25).plus(drift(Duration.ofMillis(50))));

        clock.calibrate(ticks - millis(80), broker.plusSeconds(5), false);
        assertThat(clock.now().latest()).isAfter(broker.plusSeconds(5));
    }

    @Test
    void allowsForASuspendUntilItIsCalibratedAgain() {
        calibrate(1, 1);
        Instant before = clock.now().earliest();

        // The machine sleeps for a minute: the monotonic clock stands still, the wall clock goes on.
        wall += 60_000;
        broker = broker.plusSeconds(60);

        assertThat(clock.isSuspect()).isTrue();
        assertThat(clock.now().earliest()).isEqualTo(before);
        assertThat(clock.now().latest()).isAfterOrEqualTo(broker);
        calibrate(1, 1);
        assertThat(clock.isSuspect()).isFalse();
        assertThat(clock.now().bound()).isBetween(Duration.ofMillis(1), Duration.ofMillis(2));
    }

    @Test
    void theWallClockDoesNotMatter() {
        wall = -5_000_000_000L;
        calibrate(1, 1);

        pass(millis(1000), 0);

        assertThat(clock.isSuspect()).isFalse();
        assertThat(Duration.between(clock.now().middle(), broker).abs()).isLessThan(Duration.ofMillis(2));
    }

    @Test
    void theSkewOfTheServersWidensTheInterval() {
        BrokerClock skewed = new BrokerClock(() -> ticks, () -> wall, Duration.ofMillis(50));

        skewed.calibrate(ticks, broker, true);

        assertThat(skewed.now()).isEqualTo(new Reading(broker.minusMillis(50), broker.plusMillis(50)));
    }

    /** The broker tells its time; the request takes some time to get there, the answer some to come back. */
    private void calibrate(int there, int back) {
        long sent = ticks;
        pass(millis(there), 0);
        Instant told = broker;
        pass(millis(back), 0);
        clock.calibrate(sent, told, true);
    }

    private static Duration drift(Duration time) {
        return Duration.ofNanos((long) (time.toNanos() * BrokerClock.DRIFT) + 1);
    }

    private void pass(long nanos, long drift) {
        ticks += nanos;
        broker = broker.plusNanos(nanos + drift);
        wall += TimeUnit.NANOSECONDS.toMillis(nanos);
    }

    private static long millis(int count) {
        return TimeUnit.MILLISECONDS.toNanos(count);
    }
}
