package io.heddle.stream.clock;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What time it is at the broker, as an interval that holds it: the local monotonic clock, calibrated with the times that the
 * broker's answers carry. The local wall clock may be off by hours; it is only looked at to notice that the machine was
 * suspended, when the monotonic clock stands still.
 *
 * <p>A broker's answer says its time {@code T} somewhere between the request's start {@code s} and its end {@code e}. So at a
 * later moment {@code m} the broker's time is at least {@code T + (m - e)} and at most {@code T + (m - s)}, give or take the
 * drift of both clocks and the skew among the broker's servers. Thread-safe.
 */
public final class BrokerClock {

    /** The most that two disciplined clocks drift apart: NTP slews by at most 500 parts in a million. */
    private static final double DRIFT = 500e-6;

    private static final long SUSPEND_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final LongSupplier monotonicNanos;
    private final LongSupplier wallMillis;
    private final long skewNanos;
    private volatile @Nullable Calibration calibration;

    /**
     * When it is now at the broker: not before {@code earliest}, not after {@code latest}.
     *
     * @param earliest what a contender must go by: a lease has surely ended when this is at its end or later
     * @param latest what a holder must go by: a lease is surely in force while this is before its end
     */
    public record Reading(Instant earliest, Instant latest) {

        /** The reading of a clock that was never calibrated: no lease has surely ended, none is surely in force. */
        static final Reading UNKNOWN = new Reading(Instant.EPOCH, Instant.ofEpochSecond(253_402_300_799L));

        /** Half the width of the interval: how wrong its middle can be. */
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
     * Takes a time that the broker told.
     *
     * @param sent {@link #ticks()} when the request was sent
     * @param told the broker's time in its answer
     * @param anew whether what was known before no longer counts: after a reconnect, a suspend, or under another leader.
     *     Otherwise the better of both calibrations is kept, unless they contradict each other
     */
    public void calibrate(long sent, Instant told, boolean anew) {
        Calibration next = new Calibration(sent, ticks(), toNanos(told), wallMillis.getAsLong());
        Calibration last = calibration;
        if (last == null || anew || isSuspect() || !next.isWorseThan(last)) {
            calibration = next;
        }
    }

    /** What the local wall clock says, which may be off by hours: only where nothing better is known. */
    public Instant wallTime() {
        return Instant.ofEpochMilli(wallMillis.getAsLong());
    }

    public boolean isCalibrated() {
        return calibration != null;
    }

    /**
     * Whether the wall clock ran away from the monotonic one since the last calibration: the machine was suspended, or
     * somebody set its clock. Time to calibrate; until then {@link Reading#latest()} allows for a suspend.
     */
    public boolean isSuspect() {
        Calibration now = calibration;
        return now != null && now.suspendedNanos(ticks(), wallMillis.getAsLong()) != 0;
    }

    /** Whether it is less sure than that, the skew among the broker's servers not counted. */
    boolean isWiderThan(Duration width) {
        Calibration known = calibration;
        long ticks = ticks();
        return known == null || known.latest(ticks) - known.earliest(ticks) > width.toNanos();
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
    private record Calibration(long sent, long received, long told, long wallMillis) {

        long earliest(long ticks) {
            long passed = ticks - received;
            return told + passed - (long) (passed * DRIFT);
        }

        long latest(long ticks) {
            long passed = ticks - sent;
            return told + passed + (long) (passed * DRIFT);
        }

        /** Whether the last one is narrower at our moment, and agrees with this. */
        boolean isWorseThan(Calibration last) {
            long earliest = last.earliest(received);
            long latest = last.latest(received);
            boolean agrees = earliest(received) <= latest && earliest <= latest(received);
            return agrees && latest(received) - earliest(received) > latest - earliest;
        }

        /** By how much the wall clock is ahead of (or behind) the monotonic one since then; 0 when it is nothing to speak of. */
        long suspendedNanos(long ticks, long wall) {
            long passed = ticks - received;
            long ahead = TimeUnit.MILLISECONDS.toNanos(wall - wallMillis) - passed;
            return Math.abs(ahead) > SUSPEND_NANOS + (long) (passed * 2 * DRIFT) ? ahead : 0;
        }
    }
}
