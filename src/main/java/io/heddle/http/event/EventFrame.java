package io.heddle.http.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An encoded server-sent event, shared by all clients that get it.
 *
 * @param bytes must not be changed
 */
public record EventFrame(Buffer bytes) {

    /** A comment: clients ignore it. */
    static final EventFrame HEARTBEAT = of(":\n\n");

    /**
     * @param id the {@code Last-Event-ID} that a client resumes from; null when the stream cannot be resumed
     * @param payload written as JSON, which has no line break
     */
    static EventFrame of(ObjectMapper mapper, String name, @Nullable String id, Object payload) {
        try {
            return of("event: " + name + "\n" + (id == null ? "" : "id: " + id + "\n") + "data: "
                    + mapper.writeValueAsString(payload) + "\n\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("event " + name + " cannot be written as JSON", e);
        }
    }

    /** The delay before clients reconnect. */
    static EventFrame retry(long millis) {
        return of("retry: " + millis + "\n\n");
    }

    private static EventFrame of(String text) {
        return new EventFrame(Buffer.buffer(text.getBytes(StandardCharsets.UTF_8)));
    }
}
