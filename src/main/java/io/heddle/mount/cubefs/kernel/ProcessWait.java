package io.heddle.mount.cubefs.kernel;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Bounded waits for the end of a process. An interrupt does not shorten them, so that cleanup completes while the worker pool
 * is being stopped; the interrupt flag is kept.
 */
public final class ProcessWait {

    private static final long POLL_NANOS = 5_000_000;

    private ProcessWait() {}

    /** Returns true once a child process has ended; wakes within a millisecond of its end. */
    public static boolean forExit(Process process, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return process.waitFor(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns true once a process that is not our child has ended; polls, as the kernel does not notify us. */
    public static boolean forExit(BooleanSupplier isAlive, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (isAlive.getAsBoolean()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            boolean interrupted = Thread.interrupted();
            LockSupport.parkNanos(Math.min(left, POLL_NANOS));
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        return true;
    }
}
