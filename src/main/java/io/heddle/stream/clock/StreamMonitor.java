package io.heddle.stream.clock;

import static io.heddle.stream.StreamLog.LOG;

import io.heddle.nats.NatsConnection;
import io.heddle.nats.StreamNotFoundException;
import io.heddle.stream.request.JetStreamApi;
import io.nats.client.api.ClusterInfo;
import io.nats.client.api.StreamInfo;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Requests the stream's information: at every interval, after every connect, and when the clock is suspect. Each answer calibrates
 * a {@link BrokerClock} and is passed to a listener, which can detect changes of the configuration. Thread-safe; the listener is
 * called by one thread at a time and must not block.
 */
public final class StreamMonitor implements AutoCloseable {

    private static final Duration CHECK = Duration.ofMillis(250);
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final JetStreamApi api;
    private final String stream;
    private final BrokerClock clock;
    private final Duration interval;
    private final Listener listener;
    private final AtomicBoolean asking = new AtomicBoolean();
    private final NatsConnection connection;
    private final ScheduledExecutorService scheduler;
    private @Nullable Runnable stopListening;
    private @Nullable ScheduledFuture<?> checking;
    private volatile boolean reset;
    private volatile boolean closed;
    private volatile long askedAt;
    private volatile @Nullable String leader;

    /** Notified of each answer. */
    public interface Listener {

        /** The stream exists; the clock is already calibrated with this answer. */
        void seen(StreamInfo info);

        /** There is no such stream. */
        void absent();
    }

    /**
     * @param interval how often to ask when nothing happens
     * @param scheduler for the intervals; not ended by {@link #close()}
     */
    public StreamMonitor(
            NatsConnection connection,
            String stream,
            BrokerClock clock,
            Duration interval,
            ScheduledExecutorService scheduler,
            Listener listener) {
        this.api = new JetStreamApi(connection).withTimeout(TIMEOUT);
        this.stream = stream;
        this.clock = clock;
        this.interval = interval;
        this.listener = listener;
        this.connection = connection;
        this.scheduler = scheduler;
    }

    /** Starts the requests. Call it once. */
    public synchronized void start() {
        stopListening = connection.listen(state -> {
            if (state.isConnected()) {
                reset = true;
                ask();
            }
        });
        checking =
                scheduler.scheduleWithFixedDelay(this::check, CHECK.toNanos(), CHECK.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Sends a request now, unless one is in flight. */
    public void ask() {
        if (closed || !asking.compareAndSet(false, true)) {
            return;
        }
        long sent = clock.ticks();
        askedAt = sent;
        api.streamInfo(stream).subscribe().with(info -> answered(sent, info), this::failed);
    }

    /** Calibrates with the answer to another request, for example to the creation of the stream. */
    public void learn(long sent, StreamInfo info) {
        if (info.getTimestamp() != null) {
            String led = leaderOf(info);
            clock.calibrate(sent, info.getTimestamp().toInstant(), reset || !Objects.equals(led, leader));
            leader = led;
            reset = false;
        }
    }

    /** Stops the requests. Idempotent. */
    @Override
    public synchronized void close() {
        closed = true;
        if (stopListening != null) {
            stopListening.run();
        }
        if (checking != null) {
            checking.cancel(false);
        }
    }

    /** Completes when the clock was calibrated after the call, and with a failure when the broker does not answer. */
    public Uni<Void> recalibrate() {
        return lastSequence().replaceWithVoid();
    }

    /** Returns the last sequence of the stream, as its leader had it after the call. */
    public Uni<Long> lastSequence() {
        return Uni.createFrom().deferred(() -> {
            long sent = clock.ticks();
            return api.streamInfo(stream).invoke(info -> learn(sent, info)).map(info -> info.getStreamState()
                    .getLastSequence());
        });
    }

    /** As {@link #recalibrate}, with the time of the server that we are connected to: when there is no stream. */
    public Uni<Void> calibrateWithoutStream() {
        return Uni.createFrom().deferred(() -> {
            long sent = clock.ticks();
            return api.serverTime()
                    .invoke(time -> clock.calibrate(sent, time, true))
                    .replaceWithVoid();
        });
    }

    private void check() {
        if (clock.isSuspect()) {
            reset = true;
        }
        boolean due = clock.ticks() - askedAt >= interval.toNanos();
        if (connection.state().isConnected() && (due || reset)) {
            ask();
        }
    }

    private void answered(long sent, StreamInfo info) {
        learn(sent, info);
        notify(() -> listener.seen(info));
    }

    private void failed(Throwable failure) {
        if (failure instanceof StreamNotFoundException) {
            notify(listener::absent);
        } else {
            LOG.notMonitored(stream, String.valueOf(failure.getMessage()));
            asking.set(false);
        }
    }

    private void notify(Runnable what) {
        try {
            if (!closed) {
                what.run();
            }
        } catch (RuntimeException e) {
            LOG.monitorListenerFailed(stream, e);
        } finally {
            asking.set(false);
        }
    }

    private static @Nullable String leaderOf(StreamInfo info) {
        ClusterInfo cluster = info.getClusterInfo();
        return cluster == null ? null : cluster.getLeader();
    }
}
