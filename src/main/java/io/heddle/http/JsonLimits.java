package io.heddle.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.jackson.ObjectMapperCustomizer;
import jakarta.inject.Singleton;

/** Limits for JSON texts, for the mapper of the application and for {@link JsonBody}. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class JsonLimits implements ObjectMapperCustomizer {

    private static final int DEEPEST = 32;
    private static final int LONGEST_NUMBER = 64;

    @Override
    public void customize(ObjectMapper mapper) {
        limited(mapper.getFactory());
    }

    static JsonFactory limited(JsonFactory factory) {
        return factory.setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(DEEPEST)
                        .maxNumberLength(LONGEST_NUMBER)
                        .build())
                // Two readers of {"agent_id": "a", "agent_id": "b"} may see two holders.
                .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    }
}
