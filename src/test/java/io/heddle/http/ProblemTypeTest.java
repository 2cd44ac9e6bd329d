package io.heddle.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.heddle.docs.GeneratedSection;
import io.heddle.fleet.FleetException;
import io.heddle.hold.HoldException;
import io.heddle.mount.ShareBusyException;
import io.heddle.mount.ShareException;
import io.heddle.mount.ShareStalledException;
import io.heddle.nats.BrokerException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of problems is complete, and docs/http.md has it. */
class ProblemTypeTest {

    private static final List<Class<?>> BASES =
            List.of(BrokerException.class, HoldException.class, ShareException.class, FleetException.class);

    /** A backend throws these to the node agent, which reports them as a share's state. */
    private static final Set<Class<?>> OF_BACKENDS = Set.of(ShareBusyException.class, ShareStalledException.class);

    @Test
    void thePageHasTheTable() throws IOException {
        String rows = Arrays.stream(ProblemType.values())
                .map(type -> "| %d | `%s` | %s |%n".formatted(type.status(), type.wireName(), type.meaning()))
                .collect(Collectors.joining());

        GeneratedSection.assertUpToDate(
                Path.of("docs/http.md"), "\n| status | type | meaning |\n|---|---|---|\n" + rows + "\n", getClass());
    }

    @ParameterizedTest
    @MethodSource("exceptions")
    void everyExceptionOfAnApiHasAType(Class<?> exception) {
        assertThat(ProblemType.of(exception)).as("the type of %s", exception).isPresent();
    }

    static Stream<Class<?>> exceptions() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.heddle").stream()
                        .filter(type -> BASES.stream().anyMatch(type::isAssignableTo))
                        .filter(type -> !type.getModifiers().contains(JavaModifier.ABSTRACT))
                        .<Class<?>>map(JavaClass::reflect)
                        .filter(type -> !OF_BACKENDS.contains(type));
    }
}
