package io.heddle.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The table in docs/configuration.md is generated from the configuration interfaces and their Javadoc. {@code ./mvnw test
 * -Dtest=ConfigurationReferenceTest -Dheddle.docs.update=true} writes it anew.
 */
class ConfigurationReferenceTest {

    private static final Path PAGE = Path.of("docs/configuration.md");
    private static final String BEGIN = "<!-- generated from here";
    private static final String END = "<!-- to here -->";

    @Test
    void thePageSaysWhatTheConfigurationInterfacesSay() throws IOException {
        String page = Files.readString(PAGE);
        String generated = page.substring(0, page.indexOf('\n', page.indexOf(BEGIN)) + 1)
                + tables()
                + page.substring(page.indexOf(END));

        if (Boolean.getBoolean("heddle.docs.update")) {
            Files.writeString(PAGE, generated);
        }

        assertThat(Files.readString(PAGE))
                .as("./mvnw test -Dtest=ConfigurationReferenceTest -Dheddle.docs.update=true writes it anew")
                .isEqualTo(generated);
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
