package io.heddle.testsupport;

import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;

/** Config mappings for tests that run without Quarkus: the defaults, and what the test says. */
public final class Configs {

    private Configs() {}

    /** For example {@code Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", url))}. */
    public static <T> T of(Class<T> mapping, Map<String, String> values) {
        return new SmallRyeConfigBuilder()
                .withMapping(mapping)
                .withDefaultValues(values)
                .addDiscoveredConverters()
                .build()
                .getConfigMapping(mapping);
    }
}
