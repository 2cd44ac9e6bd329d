package io.heddle.hold.bucket;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.heddle.hold.CorruptHoldException;
import io.heddle.hold.HoldRequest;
import io.heddle.text.Text;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The bucket's values, as bones (a Go program) writes and reads them: JSON with {@code agent_id}, {@code claimed_at} and
 * {@code expires_at} (RFC 3339), {@code checkout_path} and {@code ttl} (integer, nanoseconds). Heddle adds {@code hold_id},
 * {@code token}, {@code shared}, {@code reason} and {@code since}, which Go ignores; a value of another type in them is ignored here
 * too. Reading follows Go's
 * {@code encoding/json}: names match in any case, unknown members are skipped, the last of several counts, {@code null} counts as
 * absent, an absent time is Go's zero time, and what is not Unicode is replaced. The test vectors are what Go reads.
 */
public final class HoldCodec {

    /** Go limits the depth only; the payload of a message limits the rest. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(10_000)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    /** The zero value of Go's {@code time.Time}. */
    private static final Instant ZERO = Instant.parse("0001-01-01T00:00:00Z");

    private static final Pattern LONE_SURROGATE = Pattern.compile("\\p{Cs}");
    private static final String NOT_UNICODE = "\uFFFD";

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
            if (value.shared()) {
                json.writeBooleanField("shared", true);
            }
            if (!value.reason().isEmpty()) {
                json.writeStringField("reason", value.reason());
            }
            if (value.since() != 0) {
                json.writeNumberField("since", value.since());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("failed to write a hold as JSON", e);
        }
        return bytes.toByteArray();
    }

    /** Decodes a value of the bucket; fails with {@link CorruptHoldException} when it is not a hold. */
    public static HoldValue decode(byte[] bytes) {
        // From text, because the parser of bytes would accept UTF-16 and UTF-32 too, and a byte order mark.
        String text = new String(bytes, StandardCharsets.UTF_8);
        try (JsonParser json = JSON.createParser(text)) {
            if (text.startsWith("\uFEFF") || json.nextToken() != JsonToken.START_OBJECT) {
                throw new CorruptHoldException("the value is not a JSON object");
            }
            Members members = new Members(text);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                members.read(json);
            }
            if (json.nextToken() != null) {
                throw new CorruptHoldException("text follows the JSON object");
            }
            return members.toValue();
        } catch (IOException e) {
            throw new CorruptHoldException("the value is not valid JSON", e);
        }
    }

    private static final class Members {
        private final String source;
        private String holder = "";
        private Instant claimedAt = ZERO;
        private Instant expiresAt = ZERO;
        private String checkoutPath = "";
        private @Nullable String holdId;
        private long ttl;
        private long token;
        private boolean shared;
        private String reason = "";
        private long since;

        Members(String source) {
            this.source = source;
        }

        void read(JsonParser json) throws IOException {
            String name = json.currentName();
            JsonToken type = json.nextToken();
            if (type == JsonToken.VALUE_NULL) {
                return;
            }
            if (is(name, "agent_id")) {
                holder = string(json, name);
            } else if (is(name, "claimed_at")) {
                claimedAt = time(json, name);
            } else if (is(name, "expires_at")) {
                expiresAt = time(json, name);
            } else if (is(name, "checkout_path")) {
                checkoutPath = string(json, name);
            } else if (is(name, "ttl")) {
                ttl = integer(json, name);
            } else if (is(name, "hold_id") && type == JsonToken.VALUE_STRING) {
                holdId = string(json, name);
            } else if (is(name, "token") && type == JsonToken.VALUE_NUMBER_INT) {
                token = Math.max(0, integer(json, name));
            } else if (is(name, "shared") && type.isBoolean()) {
                shared = type == JsonToken.VALUE_TRUE;
            } else if (is(name, "reason") && type == JsonToken.VALUE_STRING) {
                reason = HoldRequest.cutReason(string(json, name));
            } else if (is(name, "since") && type == JsonToken.VALUE_NUMBER_INT) {
                since = Math.max(0, integer(json, name));
            } else {
                json.skipChildren();
            }
        }

        HoldValue toValue() {
            if (holder.isEmpty()) {
                throw new CorruptHoldException("agent_id is missing or empty");
            }
            if (ttl <= 0) {
                throw new CorruptHoldException("ttl is missing or not positive");
            }
            return new HoldValue(
                    holder,
                    claimedAt,
                    expiresAt,
                    checkoutPath,
                    Duration.ofNanos(ttl),
                    holdId,
                    token,
                    shared,
                    reason,
                    since);
        }

        /** Go folds the case of all letters but the Turkish i, which Java takes for an i. */
        private static boolean is(String name, String expected) {
            return name.equalsIgnoreCase(expected) && name.indexOf('\u0130') < 0 && name.indexOf('\u0131') < 0;
        }

        private static String string(JsonParser json, String name) throws IOException {
            if (json.currentToken() != JsonToken.VALUE_STRING) {
                throw new CorruptHoldException(name + " is not a string");
            }
            String text = json.getText();
            return Text.isUnicode(text) ? text : LONE_SURROGATE.matcher(text).replaceAll(NOT_UNICODE);
        }

        private static long integer(JsonParser json, String name) throws IOException {
            if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                throw new CorruptHoldException(name + " is not an integer");
            }
            return json.getLongValue();
        }

        /** Go reads a time as it is written: with an escape sequence it is not a time. */
        private Instant time(JsonParser json, String name) throws IOException {
            String text = string(json, name);
            int begin = (int) json.currentTokenLocation().getCharOffset() + 1;
            try {
                if (source.startsWith(text, begin)) {
                    return Rfc3339.parse(text);
                }
            } catch (DateTimeException e) {
                throw new CorruptHoldException(name + " is not an RFC 3339 time", e);
            }
            throw new CorruptHoldException(name + " is not an RFC 3339 time: it has escape sequences");
        }
    }
}
