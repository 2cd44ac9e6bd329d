package io.heddle.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.config.ConfigMapping;
import jakarta.ws.rs.HttpMethod;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.Function;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.ZipEntry;
import org.eclipse.microprofile.reactive.messaging.spi.Connector;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What GraalVM would be given: made by {@code ./mvnw verify -Dnative -Dquarkus.native.sources-only=true}, which needs no GraalVM. A
 * class that is missing here is a native executable that fails at its first message.
 */
@Tag("native-sources")
class NativeSourcesIT {

    private static final Path SOURCES =
            Path.of(System.getProperty("project.build.directory", "target"), "native-sources");
    private static final String OURS = "META-INF/native-image/io.heddle/heddle/";
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.heddle");

    private static JarFile runner;
    private static Map<String, JsonNode> reflection;

    @BeforeAll
    static void open() throws IOException {
        try (Stream<Path> files = Files.list(SOURCES)) {
            runner = new JarFile(files.filter(file -> file.toString().endsWith("-runner.jar"))
                    .findFirst()
                    .orElseThrow()
                    .toFile());
        }
        reflection = StreamSupport.stream(
                        json("META-INF/native-image/reflect-config.json").spliterator(), false)
                .collect(Collectors.toMap(
                        entry -> entry.path("name").asText(), Function.identity(), (one, other) -> merged(one, other)));
    }

    @Test
    void everyClassThatJacksonReadsOrWritesIsRegisteredWhole() {
        Set<JavaClass> needed = new HashSet<>();
        for (JavaClass type : CLASSES) {
            boolean annotated = type.isAnnotatedWith(RegisterForReflection.class)
                    || type.getMembers().stream()
                            .flatMap(member -> member.getAnnotations().stream())
                            .anyMatch(NativeSourcesIT::isJacksons);
            if (annotated) {
                needed.add(type);
            }
            if (type.isAnnotatedWith(jakarta.ws.rs.Path.class)) {
                type.getMethods().stream()
                        .filter(method -> !method.getModifiers().contains(JavaModifier.PRIVATE))
                        .filter(NativeSourcesIT::isEndpoint)
                        .forEach(endpoint -> types(endpoint).forEach(body -> addWithComponents(body, needed)));
            }
        }

        assertThat(needed)
                .extracting(JavaClass::getSimpleName)
                .contains("Wire", "NodeAgentStatus", "Problem", "Mounts", "Mount");
        assertThat(needed).allSatisfy(type -> {
            JsonNode entry = reflection.get(type.getName());
            assertThat(entry).as(type.getName()).isNotNull();
            assertThat(entry.path("allDeclaredConstructors").asBoolean())
                    .as("constructors of " + type.getName())
                    .isTrue();
            assertThat(entry.path("allDeclaredMethods").asBoolean())
                    .as("methods of " + type.getName())
                    .isTrue();
        });
    }

    @Test
    void everyConfigurationIsImplementedAndRegistered() {
        List<String> mappings = CLASSES.stream()
                .filter(type -> type.isAnnotatedWith(ConfigMapping.class))
                .flatMap(root -> CLASSES.stream()
                        .filter(type -> type.isInterface()
                                && (type.equals(root) || type.getName().startsWith(root.getName() + "$"))))
                .map(type -> type.getName() + "$$CMImpl")
                .toList();

        assertThat(mappings).hasSizeGreaterThan(3).allSatisfy(implementation -> {
            assertThat(entry(implementation.replace('.', '/') + ".class")).isNotNull();
            assertThat(reflection).containsKey(implementation);
        });
    }

    @Test
    void everyConnectorAndLoggerIsThere() {
        assertThat(CLASSES.stream().filter(type -> type.isAnnotatedWith(Connector.class)))
                .isNotEmpty()
                .allSatisfy(type -> assertThat(entry(file(type, "_Bean"))).isNotNull());
        assertThat(CLASSES.stream()
                        .filter(type ->
                                type.isInterface() && type.getSimpleName().endsWith("Log")))
                .isNotEmpty()
                .allSatisfy(type -> assertThat(entry(file(type, "_$logger"))).isNotNull());
    }

    @Test
    void theBrokersClientIsTreatedAsItNeeds() throws IOException {
        Properties arguments = new Properties();
        arguments.load(runner.getInputStream(entry(OURS + "native-image.properties")));

        assertThat(arguments.getProperty("Args"))
                .startsWith("--initialize-at-run-time=")
                .contains("io.nats.client.NUID")
                .contains("io.nats.client.support.RandomUtils");
        assertThat(json(OURS + "resource-config.json").toString())
                .contains("io/nats/jnats/version.properties", "io/heddle/version.properties");
        try (Stream<Path> libraries = Files.list(SOURCES.resolve("lib"))) {
            Path client = libraries
                    .filter(library -> library.getFileName().toString().startsWith("io.nats.jnats"))
                    .findFirst()
                    .orElseThrow();
            try (JarFile jar = new JarFile(client.toFile())) {
                assertThat(Stream.of(
                                "io/nats/client/NUID.class",
                                "io/nats/client/support/RandomUtils.class",
                                "io/nats/jnats/version.properties"))
                        .allSatisfy(name -> assertThat(jar.getEntry(name)).isNotNull());
            }
        }
        assertThat(Files.readString(SOURCES.resolve("native-image.args")))
                .contains("--no-fallback")
                .doesNotContain("--exclude-config\nio.heddle");
    }

    private static void addWithComponents(JavaClass type, Set<JavaClass> needed) {
        if (type.getPackageName().startsWith("io.heddle") && !type.isInterface() && needed.add(type)) {
            type.getFields().stream()
                    .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
                    .flatMap(field -> field.getType().getAllInvolvedRawTypes().stream())
                    .forEach(component -> addWithComponents(component, needed));
        }
    }

    private static Stream<JavaClass> types(JavaMethod endpoint) {
        return Stream.concat(Stream.of(endpoint.getReturnType()), endpoint.getParameterTypes().stream())
                .map(JavaType::getAllInvolvedRawTypes)
                .flatMap(Set::stream);
    }

    private static boolean isEndpoint(JavaMethod method) {
        return method.getAnnotations().stream()
                .anyMatch(annotation -> annotation.getRawType().isAnnotatedWith(HttpMethod.class));
    }

    private static boolean isJacksons(JavaAnnotation<?> annotation) {
        return annotation.getRawType().getPackageName().startsWith("com.fasterxml.jackson");
    }

    private static JsonNode merged(JsonNode one, JsonNode other) {
        return one.size() >= other.size() ? one : other;
    }

    private static String file(JavaClass type, String suffix) {
        return type.getName().replace('.', '/') + suffix + ".class";
    }

    private static ZipEntry entry(String name) {
        return runner.getEntry(name);
    }

    private static JsonNode json(String name) throws IOException {
        try (InputStream in = runner.getInputStream(entry(name))) {
            return JSON.readTree(in);
        }
    }
}
