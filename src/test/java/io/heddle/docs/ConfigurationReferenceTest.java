package io.heddle.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The table in docs/configuration.md is generated from the configuration interfaces and their Javadoc.
 */
class ConfigurationReferenceTest {

    @Test
    void thePageSaysWhatTheConfigurationInterfacesSay() throws IOException {
        GeneratedSection.assertUpToDate(Path.of("docs/configuration.md"), tables(), getClass());
    }

    private static String tables() throws IOException {
        try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
            List<Path> interfaces = sources.filter(source -> source.toString().endsWith("Config.java"))
                    .sorted()
                    .toList();
            return ConfigurationInterface.read(interfaces).stream()
                    .map(ConfigurationReferenceTest::table)
                    .collect(Collectors.joining());
        }
    }

    private static String table(ConfigurationInterface mapping) {
        return "\n## `" + mapping.prefix() + "`\n\n" + mapping.description() + "\n\n"
                + "| property | type | default | meaning |\n|---|---|---|---|\n"
                + mapping.properties().stream()
                        .map(property -> "| `%s` | %s | %s | %s |%n"
                                .formatted(
                                        property.name(),
                                        property.type(),
                                        property.defaultValue().isEmpty() ? "" : "`" + property.defaultValue() + "`",
                                        property.description().replace("|", "\\|")))
                        .collect(Collectors.joining())
                + "\n";
    }
}
