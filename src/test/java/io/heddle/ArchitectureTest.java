package io.heddle;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures;
import org.junit.jupiter.api.Test;

/** The rooms of the house, and who may use whom: dependencies point down only. */
class ArchitectureTest {

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.heddle");

    @Test
    void findsTheRooms() {
        assertThat(OURS.containPackage("io.heddle.nats")).isTrue();
        assertThat(OURS.containPackage("io.heddle.mount.cubefs")).isTrue();
    }

    @Test
    void dependenciesPointDown() {
        Architectures.layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("io.heddle..")
                .withOptionalLayers(true)
                .layer("nats")
                .definedBy("io.heddle.nats")
                .layer("stream")
                .definedBy("io.heddle.stream")
                .layer("broadcast")
                .definedBy("io.heddle.broadcast")
                .layer("mount")
                .definedBy("io.heddle.mount")
                .layer("cubefs")
                .definedBy("io.heddle.mount.cubefs")
                .layer("hold")
                .definedBy("io.heddle.hold")
                .layer("fleet")
                .definedBy("io.heddle.fleet")
                .layer("http")
                .definedBy("io.heddle.http")
                .layer("observe")
                .definedBy("io.heddle.observe")
                .whereLayer("http")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("observe")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("cubefs")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("fleet")
                .mayOnlyBeAccessedByLayers("http", "observe")
                .whereLayer("hold")
                .mayOnlyBeAccessedByLayers("http", "observe")
                .whereLayer("mount")
                .mayOnlyBeAccessedByLayers("cubefs", "fleet", "http", "observe")
                .whereLayer("stream")
                .mayOnlyBeAccessedByLayers("mount", "hold", "fleet", "http", "observe")
                .whereLayer("broadcast")
                .mayOnlyBeAccessedByLayers("mount", "hold", "fleet", "http", "observe")
                .check(OURS);
    }

    @Test
    void everyClassHasARoom() {
        classes()
                .should()
                .resideInAnyPackage(
                        "io.heddle.nats",
                        "io.heddle.stream",
                        "io.heddle.broadcast",
                        "io.heddle.mount",
                        "io.heddle.mount.cubefs",
                        "io.heddle.hold",
                        "io.heddle.fleet",
                        "io.heddle.http",
                        "io.heddle.observe")
                .check(OURS);
    }

    @Test
    void thereAreNoCycles() {
        slices().matching("io.heddle.(**)").should().beFreeOfCycles().check(OURS);
    }

    @Test
    void broadcastKnowsNoBroker() {
        noClasses()
                .that()
                .resideInAPackage("io.heddle.broadcast")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.nats..", "io.heddle.nats..", "io.heddle.stream..")
                .check(OURS);
    }

    @Test
    void onlyTheCubeFsRoomStartsProcesses() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.heddle.mount.cubefs", "io.heddle.nats")
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(ProcessBuilder.class, Process.class)
                .check(OURS);
    }

    @Test
    void nobodySleeps() {
        noClasses().should().callMethod(Thread.class, "sleep", long.class).check(OURS);
    }
}
