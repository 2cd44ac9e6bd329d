package io.heddle.http.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One server-sent event as it goes over the wire. Encoded once, however many clients get it.
 *
 * @param bytes never changed
 */
public record EventFrame(Buffer bytes) {

    /** A comment: clients ignore it. */
    static final EventFrame HEARTBEAT = of(":\n\n");

    /**
     * @param name what {@code EventSource} listeners are registered for
     * @param id what a client comes back with as {@code Last-Event-ID}; null when the stream can't be resumed
     * @param payload written as JSON, which holds no line break
     */
    static EventFrame of(ObjectMapper mapper, String name, @Nullable String id, Object payload) {
        try {
            return of("event: " + name + "\n" + (id == null ? "" : "id: " + id + "\n") + "data: "
                    + mapper.writeValueAsString(payload) + "\n\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("event " + name + " cannot be written as JSON", e);
        }
    }

    /** How long clients wait before they connect again. */
    static EventFrame retry(long millis) {
        return of("retry: " + millis + "\n\n");
    }

    private static EventFrame of(String text) {
        return new EventFrame(Buffer.buffer(text.getBytes(StandardCharsets.UTF_8)));
    }
}
