package io.heddle.mount.feed;

import static io.heddle.mount.feed.FeedLog.LOG;

import io.heddle.nats.Backoff;
import io.heddle.nats.JetStreamUnavailableException;
import io.heddle.nats.NatsUnavailableException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Why the bucket cannot be used: logged once until it can be used again, with the pause before the next attempt. Thread-safe. */
final class BucketFailures {

    private static final Backoff PAUSES = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));

    private final String bucket;
    private @Nullable String reading;
    private @Nullable String writing;
    private boolean logged;
    private int count;
    private long recentUntil = System.nanoTime();

    BucketFailures(String bucket) {
        this.bucket = bucket;
    }

    /** Returns the reason; null while the bucket can be read and written. Human-readable. */
    synchronized @Nullable String reason() {
        return reading != null ? reading : writing;
    }

    synchronized void notReadYet() {
        reading = "bucket " + bucket + " is not read yet";
    }

    void reading(Throwable failure) {
        synchronized (this) {
            reading = String.valueOf(failure.getMessage());
        }
        failed(failure);
    }

    void writing(Throwable failure) {
        synchronized (this) {
            writing = String.valueOf(failure.getMessage());
        }
        failed(failure);
    }

    void read() {
        synchronized (this) {
            reading = null;
        }
        succeeded();
    }

    void written() {
        synchronized (this) {
            writing = null;
        }
        succeeded();
    }

    /** Whether the last failure is so recent that an attempt is not worth its cost. */
    synchronized boolean areRecent() {
        return System.nanoTime() - recentUntil < 0;
    }

    synchronized Duration pause() {
        return PAUSES.delay(count);
    }

    private void failed(Throwable failure) {
        synchronized (this) {
            recentUntil = System.nanoTime() + PAUSES.delay(++count).toNanos();
            // The connection reports its own failures, and the feed a broker without JetStream.
            if (logged
                    || failure instanceof NatsUnavailableException
                    || failure instanceof JetStreamUnavailableException) {
                return;
            }
            logged = true;
        }
        LOG.bucketNotUsable(bucket, String.valueOf(failure.getMessage()));
    }

    private void succeeded() {
        synchronized (this) {
            if (reading != null || writing != null) {
                return;
            }
            count = 0;
            recentUntil = System.nanoTime();
            if (!logged) {
                return;
            }
            logged = false;
        }
        LOG.bucketUsable(bucket);
    }
}
