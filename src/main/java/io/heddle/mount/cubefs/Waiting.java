package io.heddle.mount.cubefs;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Bounded waits that an interrupt does not cut short: clearing up has to go to its end also when the worker is being
 * stopped. The interrupt flag is kept for those who ask ({@link Attempt#check()}).
 */
final class Waiting {

    private static final Duration POLL = Duration.ofMillis(5);

    private Waiting() {}

    /** True once a child of ours has ended; wakes within a millisecond of its end. */
    static boolean forExit(Process process, Duration atMost) {
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

    /** True once a process that is not our child has ended; nobody tells us, so it is polled. */
    static boolean forExit(ClientProcess process, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (process.isAlive()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            pause(Duration.ofNanos(Math.min(left, POLL.toNanos())));
        }
        return true;
    }

    private static void pause(Duration time) {
        boolean interrupted = Thread.interrupted();
        LockSupport.parkNanos(time.toNanos());
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
