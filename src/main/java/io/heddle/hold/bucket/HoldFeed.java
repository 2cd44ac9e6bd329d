package io.heddle.hold.bucket;

import static io.heddle.hold.bucket.HoldLog.LOG;

import io.heddle.stream.StreamSignal;
import io.heddle.stream.StreamSource;
import io.smallrye.mutiny.subscription.Cancellable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The one watch of the process: feeds the bucket's stream to the index, and starts again if the source fails. */
final class HoldFeed {

    private static final long AGAIN_MILLIS = 1000;

    private final String bucket;
    private final StreamSource source;
    private final Sink sink;
    private final ScheduledExecutorService scheduler;
    private @Nullable Cancellable running;
    private boolean closed;

    /** Receives the signals. */
    interface Sink {

        void accept(StreamSignal signal);

        /** The source was replaced: everything known is discarded. */
        void restarted();
    }

    HoldFeed(String bucket, StreamSource source, Sink sink, ScheduledExecutorService scheduler) {
        this.bucket = bucket;
        this.source = source;
        this.sink = sink;
        this.scheduler = scheduler;
    }

    synchronized void start() {
        if (!closed && running == null) {
            running = source.subscribe().subscribe().with(sink::accept, this::failed);
        }
    }

    synchronized void close() {
        closed = true;
        if (running != null) {
            running.cancel();
        }
    }

    private void failed(Throwable failure) {
        String reason = String.valueOf(failure.getMessage());
        LOG.watchFailed(bucket, reason);
        sink.accept(new StreamSignal.Interrupted(reason));
        synchronized (this) {
            running = null;
            if (closed) {
                return;
            }
        }
        try {
            var unused = scheduler.schedule(this::again, AGAIN_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException over) {
            LOG.watchFailed(bucket, "closed");
        }
    }

    private void again() {
        sink.restarted();
        start();
    }
}
