package io.heddle.http.event;

import static io.heddle.http.HttpLog.LOG;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.http.HttpConfig;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The streams of server-sent events of this process. A resource turns what it has into {@link #frame frames} and returns
 * {@link #serve}. Thread-safe.
 */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public final class EventStreams {

    private static final Duration STOP_LIMIT = Duration.ofSeconds(2);

    private final ObjectMapper mapper;
    private final HttpConfig config;
    /** Each with what completes when it is over. */
    private final Map<EventStream, CompletableFuture<Void>> open = new ConcurrentHashMap<>();

    private final Map<String, Integer> addresses = new ConcurrentHashMap<>();

    EventStreams(ObjectMapper mapper, HttpConfig config) {
        this.mapper = mapper;
        this.config = config;
    }

    /**
     * An event. When many clients get it, make it once.
     *
     * @param id what clients come back with; null when the stream can't be resumed
     * @param payload written as JSON
     */
    public EventFrame frame(String name, @Nullable String id, Object payload) {
        return EventFrame.of(mapper, name, id, payload);
    }

    /**
     * Answers a request with a stream of events, from its event loop. The source is subscribed to once, asked for as much as the
     * client's socket takes, and cancelled as soon as the client has gone. It should emit on another thread than the event loop
     * when an event costs something to make.
     *
     * <p>When the source completes, the response ends. When it fails with
     * {@link io.heddle.broadcast.SlowSubscriberException}, the client gets {@code event: evicted} first. Any other failure ends
     * the response; clients connect again by themselves.
     *
     * @return to be returned by the resource method: completes when the response has ended; fails with
     *     {@link TooManySubscribersException} before anything is written
     */
    public Uni<Void> serve(HttpServerRequest request, Multi<EventFrame> source) {
        return Uni.createFrom().emitter(emitter -> {
            String address = String.valueOf(request.remoteAddress().hostAddress());
            int limit = config.maxSubscribersPerAddress();
            if (addresses.merge(address, 1, Integer::sum) > limit) {
                leave(address);
                emitter.fail(new TooManySubscribersException(address, limit));
                return;
            }
            EventStream stream = new EventStream(request, this, config, () -> emitter.complete(null));
            CompletableFuture<Void> over = new CompletableFuture<>();
            open.put(stream, over);
            emitter.onTermination(() -> {
                stream.over();
                open.remove(stream);
                leave(address);
                over.complete(null);
            });
            stream.start(source);
        });
    }

    /** How many streams are open. */
    int size() {
        return open.size();
    }

    /**
     * Clients see the end of their streams, and not of their connections. At {@code ShutdownEvent} it would be too late: the
     * server closes before that. This event needs {@code quarkus.shutdown.delay-enabled}.
     */
    void stop(@Observes ShutdownDelayInitiatedEvent event) {
        open.keySet().forEach(EventStream::end);
        try {
            CompletableFuture.allOf(open.values().toArray(CompletableFuture<?>[]::new))
                    .get(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.streamsLeft(open.size());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void leave(String address) {
        addresses.computeIfPresent(address, (same, count) -> count == 1 ? null : count - 1);
    }
}
