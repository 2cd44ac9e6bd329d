package io.heddle.http.event;

import static io.heddle.http.HttpLog.LOG;

import io.heddle.broadcast.SlowSubscriberException;
import io.heddle.http.HttpConfig;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.helpers.Subscriptions;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The event stream of one client. Emitted frames wait here, {@value #WINDOW} at most, until the event loop writes all of them at once.
 * More are requested only while the socket accepts them, so a client that does not read stops its own source only.
 */
final class EventStream implements Flow.Subscriber<Buffer> {

    private static final int WINDOW = 64;
    /** Bytes in the socket's queue from which it counts as full. */
    private static final int QUEUE = 16 * 1024;
    /** A stop waits so long for a client that does not read. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(2);

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final EventStreams streams;
    private final HttpConfig config;
    private final Runnable ended;
    private final Context context;
    private final Queue<Buffer> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean writeIsDue = new AtomicBoolean();
    private final AtomicReference<Flow.@Nullable Subscription> source = new AtomicReference<>();
    private final AtomicReference<@Nullable Ending> ending = new AtomicReference<>();
    private volatile boolean over;
    // Touched on the event loop only.
    private long owed = WINDOW;
    private long heartbeat = -1;
    private long grace = -1;
    private boolean endWritten;

    /** The end of the stream, with its last event, and the time that the client has to read it. */
    private record Ending(@Nullable Buffer last, Duration grace) {}

    /** @param ended called when the response has ended, however it did */
    EventStream(HttpServerRequest request, EventStreams streams, HttpConfig config, Runnable ended) {
        this.request = request;
        this.response = request.response();
        this.streams = streams;
        this.config = config;
        this.ended = ended;
        this.context = Vertx.currentContext();
    }

    static void headers(HttpServerResponse response) {
        response.setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .putHeader("X-Accel-Buffering", "no");
    }

    void start(Multi<Buffer> frames) {
        headers(response);
        response.setWriteQueueMaxSize(QUEUE).drainHandler(drained -> write());
        send(EventStreams.text("retry: " + config.reconnect().toMillis() + "\n\n"));
        heartbeat = context.owner().setPeriodic(config.heartbeat().toMillis(), tick -> heartbeat());
        frames.subscribe().withSubscriber(this);
    }

    /** Ends the response after what is waiting, because the service stops. */
    void stop() {
        end(new Ending(null, STOP_LIMIT));
    }

    /** Releases everything after the client has disconnected or the response has ended. */
    void over() {
        over = true;
        Flow.Subscription from = source.getAndSet(Subscriptions.CANCELLED);
        if (from != null) {
            from.cancel();
        }
        waiting.clear();
        context.owner().cancelTimer(heartbeat);
        context.owner().cancelTimer(grace);
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        if (source.compareAndSet(null, subscription)) {
            wake();
        } else {
            subscription.cancel();
        }
    }

    @Override
    public void onNext(Buffer frame) {
        waiting.add(frame);
        wake();
    }

    @Override
    public void onError(Throwable failure) {
        String address = String.valueOf(request.remoteAddress());
        if (failure instanceof SlowSubscriberException slow) {
            LOG.evicted(address, slow.lost());
            end(new Ending(streams.frame("evicted", null, Map.of("lost", slow.lost())), config.evictionGrace()));
        } else {
            LOG.streamFailed(address, failure);
            end();
        }
    }

    @Override
    public void onComplete() {
        end();
    }

    private void end() {
        end(new Ending(null, config.evictionGrace()));
    }

    private void end(Ending how) {
        if (ending.compareAndSet(null, how)) {
            wake();
        }
    }

    private void wake() {
        if (!writeIsDue.getAndSet(true)) {
            context.runOnContext(due -> write());
        }
    }

    private void write() {
        writeIsDue.set(false);
        if (over || endWritten) {
            return;
        }
        Ending how = ending.get();
        if (how != null && grace == -1) {
            grace = context.owner().setTimer(how.grace().toMillis(), late -> cut());
        }
        if (response.writeQueueFull()) {
            return; // the drain handler calls again
        }
        Buffer batch = takeWaiting();
        if (how != null) {
            finish(how, batch);
            return;
        }
        if (batch.length() > 0) {
            send(batch);
        }
        Flow.Subscription from = source.get();
        if (from != null && owed > 0 && !response.writeQueueFull()) {
            long count = owed;
            owed = 0;
            from.request(count);
        }
    }

    private Buffer takeWaiting() {
        Buffer batch = Buffer.buffer();
        for (Buffer frame = waiting.poll(); frame != null; frame = waiting.poll()) {
            batch.appendBuffer(frame);
            owed++;
        }
        return batch;
    }

    private void finish(Ending how, Buffer batch) {
        endWritten = true;
        if (how.last() != null) {
            batch.appendBuffer(how.last());
        }
        response.end(batch).onComplete(done -> ended.run());
    }

    private void heartbeat() {
        if (!over && ending.get() == null && !response.writeQueueFull()) {
            send(streams.heartbeat);
        }
    }

    /** A failure means that the connection has ended, which is handled elsewhere. */
    private void send(Buffer bytes) {
        var unused = response.write(bytes);
    }

    /** Closes the connection without flushing, which Vert.x' own close would wait for. */
    private void cut() {
        LOG.stuck(String.valueOf(request.remoteAddress()));
        if (request.version() == HttpVersion.HTTP_2) {
            response.reset();
        } else {
            var unused = ((ConnectionBase) request.connection())
                    .channel()
                    .pipeline()
                    .firstContext()
                    .close();
        }
    }
}
