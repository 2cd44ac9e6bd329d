package io.heddle.stream;

import static io.heddle.stream.StreamLog.LOG;

import io.heddle.nats.Backoff;
import io.heddle.nats.JetStreamUnavailableException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The delays, timeouts and log messages of a subscription's attempts to open a consumer. Not thread-safe. */
final class OpeningAttempts {

    private static final Backoff DELAYS = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1));
    private static final Backoff TIMEOUTS = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(8), 0);

    /** A reading that lasted this long ends a series of failures. */
    private static final Duration SOUND = Duration.ofSeconds(2);

    /** A server that is just starting may report it once. */
    private static final int TIMES_WITHOUT_JETSTREAM = 3;

    private final String stream;
    private @Nullable String loggedReason;
    private long readingSince;
    private int failures;
    private int timesWithoutJetStream;

    OpeningAttempts(String stream) {
        this.stream = stream;
    }

    void reconnected() {
        failures = 0;
    }

    void reading() {
        if (loggedReason != null) {
            LOG.readable(stream);
            loggedReason = null;
        }
        readingSince = System.nanoTime();
        timesWithoutJetStream = 0;
    }

    /** Counts an interrupted reading. Returns the delay before the next attempt. */
    Duration interrupted() {
        if (System.nanoTime() - readingSince > SOUND.toNanos()) {
            failures = 0;
        }
        return DELAYS.delay(failures++);
    }

    /** Counts a failed attempt. Returns the delay before the next one; null to give up because there is no JetStream. */
    @Nullable
    Duration failed(Throwable failure) {
        boolean withoutJetStream = failure instanceof JetStreamUnavailableException;
        timesWithoutJetStream = withoutJetStream ? timesWithoutJetStream + 1 : 0;
        if (timesWithoutJetStream >= TIMES_WITHOUT_JETSTREAM) {
            return null;
        }
        String reason = String.valueOf(failure.getMessage());
        if (!withoutJetStream && failures > 1 && !reason.equals(loggedReason)) {
            LOG.notReadable(stream, reason);
            loggedReason = reason;
        }
        return DELAYS.delay(++failures);
    }

    /** The timeout of each call of the next attempt. */
    Duration timeout() {
        return TIMEOUTS.delay(failures + 1);
    }

    /** Whether there were several failures in a row. */
    boolean areFailing() {
        return failures > 1;
    }
}
