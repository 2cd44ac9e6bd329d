package io.heddle.hold.bucket;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.heddle.hold.CorruptHoldException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The bucket's values, as the Go agents write and read them: JSON with {@code agent_id}, {@code claimed_at} and
 * {@code expires_at} (RFC 3339), {@code checkout_path} and {@code ttl} (integer, nanoseconds). We add {@code hold_id} and
 * {@code token}, which they ignore. Reading follows Go's {@code encoding/json}: names match in any case, unknown members are
 * skipped, the last of several counts, {@code null} is as good as absent.
 */
public final class HoldCodec {

    private static final JsonFactory JSON = new JsonFactory();

    private HoldCodec() {}

    public static byte[] encode(HoldValue value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("agent_id", value.holder());
            json.writeStringField("claimed_at", Rfc3339.format(value.claimedAt()));
            json.writeStringField("expires_at", Rfc3339.format(value.expiresAt()));
            json.writeStringField("checkout_path", value.checkoutPath());
            json.writeNumberField("ttl", value.ttl().toNanos());
            if (value.holdId() != null) {
                json.writeStringField("hold_id", value.holdId());
            }
            if (value.token() != 0) {
                json.writeNumberField("token", value.token());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a hold could not be written as JSON", e);
        }
        return bytes.toByteArray();
    }

    /**
     * Decodes a value of the bucket.
     *
     * @throws CorruptHoldException when it is no hold
     */
    public static HoldValue decode(byte[] bytes) {
        try (JsonParser json = JSON.createParser(bytes)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new CorruptHoldException("the value is no JSON object");
            }
            Members members = new Members();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                members.read(json);
            }
            if (json.nextToken() != null) {
                throw new CorruptHoldException("something follows the value's JSON object");
            }
            return members.toValue();
        } catch (IOException e) {
            throw new CorruptHoldException("the value is no valid JSON", e);
        }
    }

    /** The members read so far. */
    private static final class Members {
        private @Nullable String holder;
        private @Nullable Instant claimedAt;
        private @Nullable Instant expiresAt;
        private String checkoutPath = "";
        private @Nullable String holdId;
        private long ttl;
        private long token;

        void read(JsonParser json) throws IOException {
            String name = json.currentName();
            JsonToken type = json.nextToken();
            if (type == JsonToken.VALUE_NULL) {
                return;
            }
            if (name.equalsIgnoreCase("agent_id")) {
                string(json, name, text -> holder = text);
            } else if (name.equalsIgnoreCase("claimed_at")) {
                string(json, name, text -> claimedAt = time(name, text));
            } else if (name.equalsIgnoreCase("expires_at")) {
                string(json, name, text -> expiresAt = time(name, text));
            } else if (name.equalsIgnoreCase("checkout_path")) {
                string(json, name, text -> checkoutPath = text);
            } else if (name.equalsIgnoreCase("ttl")) {
                ttl = integer(json, name);
            } else if (name.equalsIgnoreCase("hold_id")) {
                string(json, name, text -> holdId = text);
            } else if (name.equalsIgnoreCase("token")) {
                token = integer(json, name);
            } else {
                json.skipChildren();
            }
        }

        HoldValue toValue() {
            if (holder == null || holder.isEmpty()) {
                throw new CorruptHoldException("agent_id is missing or empty");
            }
            if (claimedAt == null || expiresAt == null) {
                throw new CorruptHoldException("claimed_at or expires_at is missing");
            }
            if (ttl <= 0) {
                throw new CorruptHoldException("ttl is missing or not positive");
            }
            if (token < 0) {
                throw new CorruptHoldException("token is negative");
            }
            return new HoldValue(holder, claimedAt, expiresAt, checkoutPath, Duration.ofNanos(ttl), holdId, token);
        }

        private static void string(JsonParser json, String name, Consumer<String> target) throws IOException {
            if (json.currentToken() != JsonToken.VALUE_STRING) {
                throw new CorruptHoldException(name + " is no string");
            }
            target.accept(json.getText());
        }

        private static long integer(JsonParser json, String name) throws IOException {
            if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                throw new CorruptHoldException(name + " is no integer");
            }
            return json.getLongValue();
        }

        private static Instant time(String name, String text) {
            try {
                return Rfc3339.parse(text);
            } catch (DateTimeException e) {
                throw new CorruptHoldException(name + " is no RFC 3339 time", e);
            }
        }
    }
}
