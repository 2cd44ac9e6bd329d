package io.heddle.hold;

import io.smallrye.mutiny.Uni;

/**
 * A hold that renews itself at each third of its ttl, until it is closed or lost. It is lost when another client ended it, or
 * when it was not renewed in time. A renewal never takes the file again: a lease has one grant and one fencing token.
 *
 * <p>A process that is suspended (a long pause, SIGSTOP) learns of the loss late: no lease can prevent that. Pass
 * {@link #token()} to whatever is written under the lease and refuse lower tokens there, or call {@link Holds#assertHeld}
 * before each write. Thread-safe.
 */
public interface HoldLease extends AutoCloseable {

    /** Returns the hold as of its last renewal. */
    Hold hold();

    /** Returns the file that is held. */
    FilePath file();

    /** Returns the fencing token: the same for the whole life of the lease. */
    long token();

    /** Returns whether the hold is certainly in force at this moment, as far as this process knows. */
    boolean isInForce();

    /**
     * Completes with the reason when the lease is lost, and with null when it was closed before that. The loss is reported
     * <em>before</em> the hold ends in the broker's time, by a twentieth of the ttl (at most a second). Never fails.
     * Subscribers run on threads of their own and may block.
     */
    Uni<HoldLostException> lost();

    /**
     * Stops renewing and releases the file. Idempotent: a repeated call releases what an earlier one could not.
     *
     * @return {@link ReleaseOutcome#NOT_HELD} when the lease was lost, or the file was released before
     */
    Uni<ReleaseOutcome> release();

    /** Stops renewing, and leaves the file held until the ttl ends: for a holder that another process renews for. Idempotent. */
    void abandon();

    /** Releases without waiting for the outcome; a failure is logged. */
    @Override
    void close();
}
