package io.heddle.mount.backend;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRefusedException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a JSON object, read as Go's {@code encoding/json} reads them into a struct: names match without regard to case; of
 * a repeated name the last value counts, where {@code null} leaves a text or a flag as it was and removes a list or an object, and
 * repeated objects are merged; a value of another type is an error. It keeps the fields in their order and spelling.
 *
 * <p>The reading methods throw {@link ShareRefusedException} for a value of the wrong type; its message names the field and repeats
 * no value. {@code toString} shows no value either.
 */
public final class JsonFields {

    /** Longer than any message: a number that no field needs may be of any length. */
    private static final int LONGEST_NUMBER = Integer.MAX_VALUE;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNumberLength(LONGEST_NUMBER)
                            .build())
                    .build())
            .build();

    /** @param value null for an object, which is in {@code fields} */
    private record Field(
            String name, @Nullable JsonNode value, @Nullable JsonFields fields) {

        boolean isNull() {
            return value != null && value.isNull();
        }
    }

    private final String prefix;
    private final List<Field> content = new ArrayList<>();
    private @Nullable String fault;

    private JsonFields(String prefix) {
        this.prefix = prefix;
    }

    /** Reads a message. Bytes that are not a JSON object give the fields before the fault, and the {@link #fault}. */
    public static JsonFields of(byte[] json) {
        JsonFields fields = new JsonFields("");
        try (JsonParser parser = MAPPER.createParser(text(json))) {
            JsonToken first = parser.nextToken();
            if (first == JsonToken.START_OBJECT) {
                fields.read(parser);
                first = parser.nextToken();
                fields.fault = first == null ? null : notAnObject(parser.currentTokenLocation());
            } else {
                fields.fault = first == JsonToken.VALUE_NULL
                        ? "null is not a share"
                        : notAnObject(parser.currentTokenLocation());
            }
        } catch (JsonProcessingException e) {
            // Without Jackson's message: it repeats parts of the input, which may be a credential.
            fields.fault = notAnObject(e.getLocation());
        } catch (IOException e) {
            fields.fault = "unreadable";
        }
        return fields;
    }

    /** The fields of an object that was read already; none for any other value. */
    public static JsonFields of(JsonNode object) {
        JsonFields fields = new JsonFields("");
        object.properties()
                .forEach(entry -> fields.content.add(
                        entry.getValue().isObject()
                                ? new Field(entry.getKey(), null, of(entry.getValue()))
                                : new Field(entry.getKey(), entry.getValue(), null)));
        return fields;
    }

    /** Returns why the bytes could not be read to their end, without repeating any of them; null when they could. */
    public @Nullable String fault() {
        return fault;
    }

    /** Returns the names in their order and spelling, for a backend that refuses fields that it does not know. */
    public Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        content.forEach(field -> names.add(field.name()));
        return names;
    }

    /** Returns a text; empty when there is none. */
    public String text(String name) {
        JsonNode last = last(name, JsonNode::isTextual);
        return last == null ? "" : last.textValue();
    }

    /** Returns the last value that is a text, whatever else has the name; null when there is none. */
    public @Nullable String anyText(String name) {
        String text = null;
        for (Field field : content) {
            if (matches(field, name) && field.value() != null && field.value().isTextual()) {
                text = field.value().textValue();
            }
        }
        return text;
    }

    /** Returns a flag; false when there is none. */
    public boolean flag(String name) {
        JsonNode last = last(name, JsonNode::isBoolean);
        return last != null && last.booleanValue();
    }

    /** Returns a list of texts; empty when there is none. An element that is null is an empty text. */
    public List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        int length = 0;
        for (Field field : content) {
            if (!matches(field, name)) {
                continue;
            }
            JsonNode list = field.value();
            if (field.isNull()) {
                texts.clear();
                length = 0;
                continue;
            } else if (list == null || !list.isArray()) {
                throw wrongType(name);
            }
            // Go fills the list that it has: an element that is null leaves what an earlier list had in its place.
            length = list.size();
            if (length == 0) {
                texts.clear();
            }
            for (int i = 0; i < length; i++) {
                if (i == texts.size()) {
                    texts.add("");
                }
                if (list.get(i).isTextual()) {
                    texts.set(i, list.get(i).textValue());
                } else if (!list.get(i).isNull()) {
                    throw wrongType(name + ".[" + i + "]");
                }
            }
        }
        return List.copyOf(texts.subList(0, length));
    }

    /** Returns an object; null when there is none. */
    public @Nullable JsonFields object(String name) {
        JsonFields merged = null;
        for (Field field : content) {
            if (!matches(field, name)) {
                continue;
            }
            if (field.isNull()) {
                merged = null;
            } else if (field.fields() == null) {
                throw wrongType(name);
            } else {
                merged = merged == null ? new JsonFields(prefix + name + ".") : merged;
                merged.content.addAll(field.fields().content);
            }
        }
        return merged;
    }

    private @Nullable JsonNode last(String name, Predicate<JsonNode> type) {
        JsonNode last = null;
        for (Field field : content) {
            if (matches(field, name) && !field.isNull()) {
                last = field.value();
                if (last == null || !type.test(last)) {
                    throw wrongType(name);
                }
            }
        }
        return last;
    }

    /** Folded as in Go, which does not take the Turkish {@code İ} and {@code ı} for an {@code i}. */
    private static boolean matches(Field field, String name) {
        String given = field.name();
        return given.equals(name)
                || (given.equalsIgnoreCase(name) && given.indexOf('\u0130') < 0 && given.indexOf('\u0131') < 0);
    }

    private ShareRefusedException wrongType(String name) {
        return new ShareRefusedException(Reason.DECODE, "decode: the field " + prefix + name + " has the wrong type");
    }

    private void read(JsonParser parser) throws IOException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                JsonFields inner = new JsonFields("");
                inner.read(parser);
                content.add(new Field(name, null, inner));
            } else {
                content.add(new Field(name, parser.readValueAsTree(), null));
            }
        }
    }

    private static String notAnObject(@Nullable JsonLocation at) {
        return at == null
                ? "not a JSON object"
                : "not a JSON object (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
    }

    /** As Go reads UTF-8, and nothing else: each byte that is not part of it becomes the replacement character. */
    private static String text(byte[] utf8) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(utf8);
        CharBuffer out = CharBuffer.allocate(utf8.length);
        while (decoder.decode(in, out, true).isError()) {
            in.get();
            out.put('\ufffd');
        }
        return out.flip().toString();
    }

    @Override
    public String toString() {
        return "JsonFields" + names();
    }
}
