package io.heddle.http;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
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

/**
 * Reads the JSON of requests, and says which field is at fault. Members that are not known are ignored, as the agents do;
 * types are not: a number is no text.
 */
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
     * @throws BadFieldException when it is no JSON object of that kind; the field is {@code body} when none is to blame
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
            throw new BadFieldException(field, field + ": " + e.getOriginalMessage());
        } catch (JacksonException e) {
            throw new BadFieldException("body", "the body is no JSON object: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new BadFieldException("body", "the body is no JSON object");
        }
    }
}
