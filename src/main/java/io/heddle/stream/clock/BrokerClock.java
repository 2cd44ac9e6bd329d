package io.heddle.stream.clock;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The broker's time as an interval that contains it: the local monotonic clock, calibrated with the times in the broker's answers.
 * The local wall clock may be wrong by hours; it is only used to detect that the machine was suspended, because the monotonic
 * clock stops meanwhile.
 *
 * <p>An answer with the broker's time {@code T} to a request from {@code s} to {@code e} means that at a later moment {@code m} the
 * broker's time is at least {@code T + (m - e)} and at most {@code T + (m - s)}, plus or minus the drift of both clocks since then
 * (18 % of the time since the calibration, so calibrate every second) and the skew among the broker's servers. Thread-safe.
 */
public final class BrokerClock {

    /** The fastest correction of a clock by default: chrony's {@code maxslewrate}. It changes the rate of monotonic clocks too. */
    private static final double SLEW = 83_334e-6;

    /** The maximum drift between two clocks, relative to one of them, while they are corrected in opposite directions. */
    static final double DRIFT = 2 * SLEW / (1 - SLEW);

    /** The wall clock and the monotonic clock of one machine are slewed alike; only rounding is left. */
    private static final double WALL_DRIFT = 500e-6;

    private static final long SUSPEND_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final LongSupplier monotonicNanos;
    private final LongSupplier wallMillis;
    private final long skewNanos;
    private volatile @Nullable Calibration calibration;

    /**
     * The broker's time: not before {@code earliest}, not after {@code latest}.
     *
     * @param earliest the time for contenders: a lease has certainly ended when this is at its end or later
     * @param latest the time for holders: a lease is certainly in force while this is before its end
     */
    public record Reading(Instant earliest, Instant latest) {

        /** The reading of a clock that was never calibrated: no lease has certainly ended, none is certainly in force. */
        static final Reading UNKNOWN = new Reading(Instant.EPOCH, Instant.ofEpochSecond(253_402_300_799L));

        /** Half the width of the interval: the maximum error of its middle. */
        public Duration bound() {
            return Duration.between(earliest, latest).dividedBy(2);
        }

        /** The middle of the interval. */
        public Instant middle() {
            return earliest.plus(bound());
        }
    }

    /**
     * @param monotonicNanos for example {@link System#nanoTime()}
     * @param wallMillis for example {@link System#currentTimeMillis()}
     * @param skew how far the clocks of the broker's own servers may be apart
     */
    public BrokerClock(LongSupplier monotonicNanos, LongSupplier wallMillis, Duration skew) {
        this.monotonicNanos = monotonicNanos;
        this.wallMillis = wallMillis;
        this.skewNanos = skew.toNanos();
    }

    /** The local monotonic clock, for {@link #calibrate}. */
    public long ticks() {
        return monotonicNanos.getAsLong();
    }

    /**
     * Calibrates the clock with a time from the broker.
     *
     * @param sent {@link #ticks()} when the request was sent
     * @param time the broker's time in its answer
     * @param reset whether the previous calibration is invalid: after a reconnect, a suspend, or under another leader. Otherwise
     *     the better of both calibrations is kept, unless they contradict each other
     */
    public void calibrate(long sent, Instant time, boolean reset) {
        Calibration next = new Calibration(sent, ticks(), toNanos(time), wallMillis.getAsLong());
        Calibration last = calibration;
        if (last == null || reset || isSuspect() || !next.isWorseThan(last)) {
            calibration = next;
        }
    }

    /** The local wall clock, which may be wrong by hours: for use only while the clock is not calibrated. */
    public Instant wallTime() {
        return Instant.ofEpochMilli(wallMillis.getAsLong());
    }

    public boolean isCalibrated() {
        return calibration != null;
    }

    /**
     * Whether the wall clock and the monotonic clock differ since the last calibration: the machine was suspended, or its clock was
     * set. Calibrate then; until then {@link Reading#latest()} allows for a suspend.
     */
    public boolean isSuspect() {
        Calibration now = calibration;
        return now != null && now.suspendedNanos(ticks(), wallMillis.getAsLong()) != 0;
    }

    /** The broker's time now. */
    public Reading now() {
        Calibration known = calibration;
        if (known == null) {
            return Reading.UNKNOWN;
        }
        long ticks = ticks();
        long suspended = Math.max(0, known.suspendedNanos(ticks, wallMillis.getAsLong()));
        return new Reading(
                fromNanos(known.earliest(ticks) - skewNanos), fromNanos(known.latest(ticks) + suspended + skewNanos));
    }

    private static long toNanos(Instant time) {
        return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
    }

    private static Instant fromNanos(long nanos) {
        return Instant.ofEpochSecond(0, nanos);
    }

    /** Ticks around one answer, the broker's time in it, and the wall clock when it arrived. */
    private record Calibration(long sent, long received, long time, long wallMillis) {

        long earliest(long ticks) {
            long passed = ticks - received;
            return time + passed - (long) (passed * DRIFT);
        }

        long latest(long ticks) {
            long passed = ticks - sent;
            return time + passed + (long) (passed * DRIFT);
        }

        /** Whether the last one is narrower now, and agrees with this one. */
        boolean isWorseThan(Calibration last) {
            long earliest = last.earliest(received);
            long latest = last.latest(received);
            boolean agrees = earliest(received) <= latest && earliest <= latest(received);
            return agrees && latest(received) - earliest(received) > latest - earliest;
        }

        /** How far the wall clock is ahead of (or behind) the monotonic one since then; 0 below the threshold. */
        long suspendedNanos(long ticks, long wall) {
            long passed = ticks - received;
            long ahead = TimeUnit.MILLISECONDS.toNanos(wall - wallMillis) - passed;
            return Math.abs(ahead) > SUSPEND_NANOS + (long) (passed * 2 * WALL_DRIFT) ? ahead : 0;
        }
    }
}
