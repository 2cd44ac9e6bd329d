package io.heddle.hold.bucket;

import static io.heddle.hold.bucket.HoldLog.LOG;

import io.heddle.hold.HoldsConfig;
import io.heddle.nats.Backoff;
import io.heddle.nats.JetStreamRefusedException;
import io.heddle.stream.clock.BrokerClock;
import io.heddle.stream.request.JetStreamApi;
import io.heddle.stream.request.StreamNameInUseException;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The bucket's configuration: creates the bucket, and detects changes by other clients (a Go program's open changes it).
 * Thread-safe.
 */
public final class BucketGuard {

    /** For a bucket without a TTL: beyond the ttl of any hold, and small enough to be added to a time. */
    private static final Duration UNLIMITED = Duration.ofDays(36_500);

    private static final Duration DUPLICATES = Duration.ofMinutes(2);
    private static final long CLOCK_OFF_MICROS = TimeUnit.MINUTES.toMicros(1);

    /** The intervals between reports of the same refusal. */
    private static final Backoff REPORTS = new Backoff(Duration.ofSeconds(10), Duration.ofMinutes(10), 0);

    private final HoldsConfig config;
    private final String stream;
    private final JetStreamApi api;
    private final BrokerClock clock;
    private final Runnable restored;
    private volatile @Nullable Settings first;
    private volatile @Nullable Settings now;
    private volatile @Nullable String warning;
    private volatile @Nullable String refusal;
    private int reports; // guarded by this
    private long reportAt; // guarded by this
    private volatile long highest;

    /** What other clients may change. */
    private record Settings(Duration maxAge, int replicas) {
        static Settings of(StreamConfiguration configuration) {
            Duration maxAge = Objects.requireNonNullElse(configuration.getMaxAge(), Duration.ZERO);
            return new Settings(maxAge, configuration.getReplicas());
        }
    }

    /** @param restored called when the configuration was restored */
    BucketGuard(HoldsConfig config, String stream, JetStreamApi api, BrokerClock clock, Runnable restored) {
        this.restored = restored;
        this.config = config;
        this.stream = stream;
        this.api = api;
        this.clock = clock;
    }

    Duration maxAge() {
        Settings known = now;
        Duration maxAge = known == null ? config.maxTtl() : known.maxAge();
        return maxAge.isZero() ? UNLIMITED : maxAge;
    }

    public Duration maxTtl() {
        Settings known = now;
        return known == null || known.maxAge().isZero() ? config.maxTtl() : known.maxAge();
    }

    /** Returns a problem of the bucket, human-readable. */
    public Optional<String> warning() {
        return Optional.ofNullable(refusal).or(() -> Optional.ofNullable(warning));
    }

    /** Records a revision: a bucket that replaces this one starts above all of them. */
    void reached(long revision) {
        highest = Math.max(highest, revision);
    }

    /**
     * The configuration that Go programs use, except for the first sequence: the epoch time in microseconds, so that revisions,
     * which are the fencing tokens, keep rising after the store was wiped. No limit markers and no per-message TTL: the open of a
     * Go program would fail (error 10052).
     */
    StreamConfiguration blueprint() {
        Instant time = clock.isCalibrated() ? clock.now().earliest() : clock.wallTime();
        Duration maxAge = config.maxTtl();
        return StreamConfiguration.builder()
                .name(stream)
                .subjects("$KV." + config.bucket() + ".>")
                .storageType(StorageType.File)
                .replicas(config.replicas())
                .maxMessagesPerSubject(1)
                .maxAge(maxAge)
                .duplicateWindow(maxAge.compareTo(DUPLICATES) < 0 ? maxAge : DUPLICATES)
                .discardPolicy(DiscardPolicy.New)
                .allowRollup(true)
                .denyDelete(true)
                .allowDirect(true)
                .firstSequence(Math.max(micros(time), highest + 1))
                .build();
    }

    /** Creates the bucket; empty when another client was faster. */
    Uni<Optional<StreamInfo>> make() {
        StreamConfiguration blueprint = blueprint();
        return api.createStream(blueprint)
                .map(info -> {
                    LOG.bucketMade(config.bucket(), config.maxTtl(), config.replicas());
                    checkClock(blueprint.getFirstSequence(), info);
                    return Optional.of(info);
                })
                .onFailure(StreamNameInUseException.class)
                .recoverWithItem(Optional.empty())
                .invoke(() -> refusal = null)
                .onFailure()
                .invoke(this::refused);
    }

    /** Logs the first of equal refusals, then at growing intervals. */
    private synchronized void refused(Throwable failure) {
        String remedy = failure instanceof JetStreamRefusedException && config.replicas() > 1
                ? "; heddle.holds.replicas=" + config.replicas() + " needs as many servers with JetStream"
                : "";
        String reason = failure.getMessage() + remedy;
        long time = clock.ticks();
        boolean repeated = reason.equals(refusal);
        if (repeated && time - reportAt < 0) {
            return;
        }
        refusal = reason;
        reports = repeated ? reports + 1 : 1;
        reportAt = time + REPORTS.delay(reports).toNanos();
        LOG.bucketRefused(config.bucket(), reason);
    }

    /** Compares with the last known configuration; returns whether the TTL has changed. */
    boolean seen(StreamInfo info) {
        Settings is = Settings.of(info.getConfiguration());
        Settings was = now;
        now = is;
        Settings reference = first;
        if (was == null || reference == null) {
            first = is;
            refusal = null;
            if (!is.maxAge().equals(config.maxTtl())) {
                LOG.otherTtl(config.bucket(), is.maxAge(), config.maxTtl());
            }
            return true;
        }
        if (!is.equals(was)) {
            judge(reference, is);
        }
        if (config.restoreBucket() && !is.equals(reference)) {
            restore(reference, info.getConfiguration());
        } else {
            refusal = null;
        }
        return !is.maxAge().equals(was.maxAge());
    }

    private void judge(Settings reference, Settings is) {
        if (is.equals(reference)) {
            warning = null;
            return;
        }
        String change = "TTL " + reference.maxAge() + " to " + is.maxAge() + ", replicas " + reference.replicas()
                + " to " + is.replicas();
        warning = "bucket " + config.bucket() + " was changed by another client: " + change;
        LOG.bucketChanged(config.bucket(), change);
    }

    private void restore(Settings reference, StreamConfiguration changed) {
        StreamConfiguration original = StreamConfiguration.builder(changed)
                .maxAge(reference.maxAge())
                .replicas(reference.replicas())
                .build();
        api.updateStream(original)
                .subscribe()
                .with(
                        info -> {
                            LOG.bucketRestored(config.bucket(), reference.maxAge(), reference.replicas());
                            restored.run();
                        },
                        this::refused);
    }

    private void checkClock(long firstSequence, StreamInfo info) {
        if (info.getTimestamp() != null) {
            long broker = micros(info.getTimestamp().toInstant());
            if (firstSequence > highest + 1 && Math.abs(broker - firstSequence) > CLOCK_OFF_MICROS) {
                LOG.firstSequenceOff(config.bucket(), firstSequence, broker);
            }
        }
    }

    private static long micros(Instant time) {
        return TimeUnit.SECONDS.toMicros(time.getEpochSecond()) + TimeUnit.NANOSECONDS.toMicros(time.getNano());
    }
}
