package io.heddle.nativeimage;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Quarkus initialises every class of the application while a native image is built, except those that native-image.properties lists. No
 * GraalVM is needed to see what such a class would bring into the image.
 */
class StaticHeapTest {

    private static final String PROPERTIES = "/META-INF/native-image/io.heddle/heddle/native-image.properties";
    /** The clock, which has another value when the image runs. */
    private static final Set<String> CLOCKS = Set.of(
            "java.lang.System.nanoTime",
            "java.lang.System.currentTimeMillis",
            "java.time.Instant.now",
            "java.time.ZonedDateTime.now",
            "java.time.OffsetDateTime.now",
            "java.time.LocalDate.now");

    @Test
    void noClassThatIsInitialisedAtBuildTimeBringsWhatAnImageCannotContain() throws Exception {
        List<String> forbidden = new ArrayList<>();
        for (JavaClass type : initialisedAtBuildTime()) {
            forbidden.addAll(StaticHeap.forbidden(type.reflect()));
        }

        assertThat(forbidden).isEmpty();
    }

    @Test
    void noStaticInitialiserReadsTheClock() throws IOException {
        assertThat(initialisedAtBuildTime().stream().flatMap(StaticHeapTest::clockReadings))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                ABuffer.class,
                ANestedBuffer.class,
                ACapturedBuffer.class,
                ARandom.class,
                AThread.class,
                ATime.class
            })
    void aViolationIsFound(Class<?> seeded) throws Exception {
        assertThat(StaticHeap.forbidden(seeded)).singleElement().asString().startsWith(seeded.getName());
    }

    @Test
    void aReadingOfTheClockIsFound() {
        JavaClass seeded = new ClassFileImporter().importClass(AReading.class);

        assertThat(clockReadings(seeded)).hasSize(1);
    }

    private static List<JavaClass> initialisedAtBuildTime() throws IOException {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.heddle");
        Set<String> atRunTime = initialisedAtRunTime();
        List<JavaClass> found = classes.stream()
                .filter(type -> !atRunTime.contains(type.getName()))
                .filter(type ->
                        !type.isInterface() || type.getStaticInitializer().isPresent())
                .toList();
        assertThat(found).hasSizeGreaterThan(200);
        return found;
    }

    private static Set<String> initialisedAtRunTime() throws IOException {
        Properties arguments = new Properties();
        try (InputStream in = StaticHeapTest.class.getResourceAsStream(PROPERTIES)) {
            arguments.load(in);
        }
        return Stream.of(arguments.getProperty("Args").split("\\s+"))
                .filter(argument -> argument.startsWith("--initialize-at-run-time="))
                .flatMap(argument ->
                        Stream.of(argument.substring(argument.indexOf('=') + 1).split(",")))
                .collect(Collectors.toSet());
    }

    private static Stream<String> clockReadings(JavaClass type) {
        return type.getStaticInitializer().map(JavaCodeUnit::getMethodCallsFromSelf).stream()
                .flatMap(Set::stream)
                .filter(call -> CLOCKS.contains(call.getTargetOwner().getName() + "." + call.getName()))
                .map(call -> call.getDescription());
    }

    static final class ABuffer {
        static final Buffer HEARTBEAT = Buffer.buffer(":\n\n");
    }

    static final class ANestedBuffer {
        static final Map<String, Optional<Buffer>> FRAMES = Map.of("heartbeat", Optional.of(Buffer.buffer(":\n\n")));
    }

    static final class ACapturedBuffer {
        static final Supplier<Integer> LENGTH = length(Buffer.buffer(":\n\n"));

        private static Supplier<Integer> length(Buffer buffer) {
            return () -> buffer.length();
        }
    }

    static final class ARandom {
        static final Object[] TOOLS = {new SecureRandom()};
    }

    static final class AThread {
        static final Thread WORKER = new Thread(() -> {}, "worker");
    }

    static final class ATime {
        static final Instant BEGIN = Instant.now();
    }

    static final class AReading {
        static final long BEGIN = System.nanoTime();
    }
}
