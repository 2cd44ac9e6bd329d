package io.heddle.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.util.Objects;

/** Reads the JSON bodies of requests. Unknown members are ignored, as the node agents do; a number is not a text. */
public final class JsonBody {

    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonLimits.limited(new JsonFactory()))
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .withCoercionConfig(
                    LogicalType.Textual, config -> config.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();

    private JsonBody() {}

    /**
     * Reads a request body.
     *
     * @throws BadFieldException when the body is not such a JSON object; the field is {@code body} if no member is invalid
     */
    public static <T> T read(byte[] body, Class<T> type) {
        try {
            T read = MAPPER.readValue(body, type);
            if (read == null) {
                throw new BadFieldException("body", "the body is null");
            }
            return read;
        } catch (JsonMappingException e) {
            String field = e.getPath().stream()
                    .map(Reference::getFieldName)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse("body");
            throw new BadFieldException(field, field + " is not of the expected type" + place(e));
        } catch (JsonProcessingException e) {
            throw new BadFieldException("body", "the body is not valid JSON" + place(e));
        } catch (IOException e) {
            throw new BadFieldException("body", "the body cannot be read");
        }
    }

    /** The position only: the text may be a secret, and Jackson's own messages name Java classes. */
    private static String place(JsonProcessingException e) {
        String repeated = e.getOriginalMessage().startsWith("Duplicate field") ? " (a name is repeated)" : "";
        JsonLocation at = e.getLocation();
        return repeated + (at == null ? "" : ": line " + at.getLineNr() + ", column " + at.getColumnNr());
    }
}
