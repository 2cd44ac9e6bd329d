package io.heddle.mount;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.deser.BeanDeserializerBase;
import com.fasterxml.jackson.databind.deser.DeserializationProblemHandler;
import com.fasterxml.jackson.databind.deser.SettableBeanProperty;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import io.heddle.mount.ShareMount.Action;
import io.heddle.mount.ShareRefusedException.Reason;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * ShareMount to and from JSON, as the Go package's {@code encoding/json} reads and writes it: names match without regard to
 * case, unknown fields are ignored, a number is not a string.
 */
public final class ShareCodec {

    private static final JsonMapper MAPPER = mapper();
    private static final ObjectReader READER = MAPPER.readerFor(Fields.class);
    private static final ObjectWriter WRITER = MAPPER.writerFor(Wire.class);

    private ShareCodec() {}

    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_DEFAULT)
    public record Wire(
            @Nullable String id,
            @Nullable String action,
            @Nullable String backend,
            @JsonProperty("mount_point") @Nullable String mountPoint,
            boolean readonly,
            @Nullable WireCubeFs cubefs) {

        Wire withId(String given) {
            return new Wire(given, action, backend, mountPoint, readonly, cubefs);
        }
    }

    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_DEFAULT)
    record WireCubeFs(
            @Nullable String volume,
            @Nullable List<@Nullable String> masters,
            @Nullable String owner,
            @JsonProperty("access_key") @Nullable String accessKey,
            @JsonProperty("secret_key") @Nullable String secretKey,
            @Nullable String subdir) {

        @Override
        public String toString() {
            return "WireCubeFs[volume=" + volume + "]";
        }
    }

    /** What JSON is read into. Not a record: there Jackson refuses a second field of one name, where Go takes the last. */
    @RegisterForReflection
    static final class Fields {
        public @Nullable String id;
        public @Nullable String action;
        public @Nullable String backend;

        @JsonProperty("mount_point")
        public @Nullable String mountPoint;

        public boolean readonly;
        public @Nullable CubeFsFields cubefs;

        public Wire toWire() {
            return new Wire(id, action, backend, mountPoint, readonly, cubefs == null ? null : cubefs.toWire());
        }
    }

    @RegisterForReflection
    static final class CubeFsFields {
        public @Nullable String volume;
        public @Nullable List<@Nullable String> masters;
        public @Nullable String owner;

        @JsonProperty("access_key")
        public @Nullable String accessKey;

        @JsonProperty("secret_key")
        public @Nullable String secretKey;

        public @Nullable String subdir;

        public WireCubeFs toWire() {
            return new WireCubeFs(volume, masters, owner, accessKey, secretKey, subdir);
        }
    }

    /**
     * Reads the fields, without judging them.
     *
     * @throws ShareRefusedException when the bytes are not a JSON object of this form; the message repeats none of them
     */
    static Wire decode(byte[] json) {
        try {
            Fields fields = READER.readValue(json);
            if (fields == null) {
                throw new ShareRefusedException(Reason.DECODE, "decode: null is not a share");
            }
            return fields.toWire();
        } catch (JsonProcessingException e) {
            throw new ShareRefusedException(Reason.DECODE, "decode: " + describe(e));
        } catch (IOException e) {
            throw new ShareRefusedException(Reason.DECODE, "decode: unreadable");
        }
    }

    /** The id in bytes that cannot be read as a share, when it stands before what is wrong with them. */
    static @Nullable String idOf(byte[] json) {
        String id = null;
        try (JsonParser parser = MAPPER.createParser(json)) {
            boolean inside = parser.nextToken() == JsonToken.START_OBJECT;
            while (inside && parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean isId = parser.currentName().equalsIgnoreCase("id");
                if (parser.nextToken() == JsonToken.VALUE_STRING && isId) {
                    id = parser.getText();
                }
                parser.skipChildren();
            }
        } catch (IOException e) {
            return id; // that they cannot be read is why this is asked
        }
        return id;
    }

    /** Judges the fields that do not depend on the machine. */
    public static ShareMount toShare(Wire wire, String defaultOwner) {
        Action action =
                switch (text(wire.action())) {
                    case "", "mount" -> Action.MOUNT;
                    case "unmount" -> Action.UNMOUNT;
                    default ->
                        throw new ShareRefusedException(
                                Reason.ACTION, "unknown action '" + ShareMount.printable(text(wire.action())) + "'");
                };
        String backend = text(wire.backend()).isEmpty() ? ShareMount.CUBEFS : text(wire.backend());
        boolean needsSource = action == Action.MOUNT && backend.equals(ShareMount.CUBEFS);
        String id = text(wire.id());
        ShareMount.requireId(id);
        return new ShareMount(
                id,
                action,
                backend,
                text(wire.mountPoint()),
                wire.readonly(),
                needsSource && wire.cubefs() != null ? toCubeFs(wire.cubefs(), defaultOwner) : null);
    }

    /** The message that publishes a share, credentials included. */
    static byte[] encode(ShareMount share) {
        try {
            return WRITER.writeValueAsBytes(toWire(share));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a share could not be written as JSON", e);
        }
    }

    public static Wire toWire(ShareMount share) {
        CubeFs cubefs = share.cubefs();
        return new Wire(
                share.id(),
                share.action().wireName(),
                share.backend(),
                share.mountPoint(),
                share.readonly(),
                cubefs == null ? null : toWire(cubefs));
    }

    private static WireCubeFs toWire(CubeFs cubefs) {
        return new WireCubeFs(
                cubefs.volume(),
                List.copyOf(cubefs.masters()),
                cubefs.owner(),
                cubefs.accessKey().reveal(),
                cubefs.secretKey().reveal(),
                cubefs.subdir());
    }

    private static CubeFs toCubeFs(WireCubeFs wire, String defaultOwner) {
        String owner = text(wire.owner());
        return new CubeFs(
                text(wire.volume()),
                texts(wire.masters()),
                owner.isEmpty() ? defaultOwner : owner,
                Secret.of(text(wire.accessKey())),
                Secret.of(text(wire.secretKey())),
                text(wire.subdir()));
    }

    private static List<String> texts(@Nullable List<@Nullable String> values) {
        if (values == null) {
            return List.of();
        }
        List<String> texts = new ArrayList<>(values.size());
        for (String value : values) {
            texts.add(text(value));
        }
        return texts;
    }

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }

    /** What is wrong and where. Jackson's own message repeats parts of the input, which may be a credential. */
    private static String describe(JsonProcessingException e) {
        if (e instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
            String field = mapping.getPath().stream()
                    .map(step -> step.getFieldName() == null
                            ? "[" + step.getIndex() + "]"
                            : step.getFieldName().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining("."));
            return "the field " + field + " has the wrong type";
        }
        JsonLocation at = e.getLocation();
        return at == null
                ? "not a JSON object"
                : "not a JSON object (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
    }

    /** Names in another case are the exception: Jackson's own way folds every name of every message. */
    private static final class OtherCase extends DeserializationProblemHandler {

        @Override
        public boolean handleUnknownProperty(
                DeserializationContext context,
                JsonParser parser,
                JsonDeserializer<?> deserializer,
                Object fields,
                String name)
                throws IOException {
            // Folded as in Go, not as in the language of the machine (a Turkish I has no small i).
            SettableBeanProperty field = deserializer instanceof BeanDeserializerBase known
                    ? known.findProperty(name.toLowerCase(Locale.ROOT))
                    : null;
            if (field == null) {
                return false;
            }
            try {
                field.deserializeAndSet(parser, context, fields);
            } catch (JsonMappingException e) {
                throw JsonMappingException.wrapWithPath(e, fields, name);
            }
            return true;
        }
    }

    private static JsonMapper mapper() {
        JsonMapper mapper = JsonMapper.builder()
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .addHandler(new OtherCase())
                .build();
        for (CoercionInputShape shape :
                List.of(CoercionInputShape.Integer, CoercionInputShape.Float, CoercionInputShape.Boolean)) {
            mapper.coercionConfigFor(LogicalType.Textual).setCoercion(shape, CoercionAction.Fail);
        }
        return mapper;
    }
}
