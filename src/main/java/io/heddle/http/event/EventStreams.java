package io.heddle.http.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.http.HttpConfig;
import io.heddle.http.ProblemException;
import io.heddle.http.ProblemType;
import io.heddle.http.StopSignal;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The streams of server-sent events of this process. A resource turns what it has into {@link #frame frames} and returns
 * {@link #serve}. Thread-safe.
 */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public final class EventStreams {

    private final ObjectMapper mapper;
    private final HttpConfig config;
    private final StopSignal stop;
    /** A comment: clients ignore it. Not static, because a native image cannot contain a buffer. */
    final Buffer heartbeat = text(":\n\n");

    private final AtomicInteger open = new AtomicInteger();
    private final Map<String, Integer> addresses = new ConcurrentHashMap<>();

    EventStreams(ObjectMapper mapper, HttpConfig config, StopSignal stop) {
        this.mapper = mapper;
        this.config = config;
        this.stop = stop;
    }

    /**
     * Encodes an event. When many clients get it, encode it once. The result must not be changed.
     *
     * @param id what clients resume from; null when the stream cannot be resumed
     * @param payload written as JSON, which has no line break
     */
    public Buffer frame(String name, @Nullable String id, Object payload) {
        try {
            return text("event: " + name + "\n" + (id == null ? "" : "id: " + id + "\n") + "data: "
                    + mapper.writeValueAsString(payload) + "\n\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("event " + name + " cannot be written as JSON", e);
        }
    }

    static Buffer text(String text) {
        return Buffer.buffer(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Answers a request with an event stream; call on its event loop. The source is subscribed to once, with the demand of the
     * client's socket, and cancelled as soon as the client disconnects. It should emit on another thread than the event loop when
     * an event is expensive. A HEAD request gets the headers only.
     *
     * <p>When the source completes, the response ends. When it fails with
     * {@link io.heddle.broadcast.SlowSubscriberException}, the client gets {@code event: evicted} first. Any other failure ends
     * the response; clients connect again by themselves. When the service stops, the response ends after what is under way.
     *
     * @return to be returned by the resource method: completes when the response has ended; fails with
     *     a {@link ProblemException} before anything is written
     */
    public Uni<Void> serve(HttpServerRequest request, Multi<Buffer> source) {
        if (HttpMethod.HEAD.equals(request.method())) {
            EventStream.headers(request.response());
            return Uni.createFrom().completionStage(request.response().end().toCompletionStage());
        }
        return Uni.createFrom().emitter(emitter -> {
            String address = String.valueOf(request.remoteAddress().hostAddress());
            int limit = config.maxSubscribersPerAddress();
            if (addresses.merge(address, 1, Integer::sum) > limit) {
                leave(address);
                emitter.fail(new ProblemException(
                        ProblemType.TOO_MANY_SUBSCRIBERS,
                        address + " has " + limit
                                + " event streams open already: heddle.http.max-subscribers-per-address"));
                return;
            }
            EventStream stream = new EventStream(request, this, config, () -> emitter.complete(null));
            open.incrementAndGet();
            stream.start(source);
            Runnable withdraw = stop.onStop(stream::stop);
            emitter.onTermination(() -> {
                stream.over();
                withdraw.run();
                open.decrementAndGet();
                leave(address);
            });
        });
    }

    int size() {
        return open.get();
    }

    private void leave(String address) {
        addresses.computeIfPresent(address, (same, count) -> count == 1 ? null : count - 1);
    }
}
