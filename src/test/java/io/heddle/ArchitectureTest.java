package io.heddle;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.Architectures;
import io.heddle.broadcast.SlowSubscriberException;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The packages, which of them are API, and who may use whom: dependencies point down only. */
class ArchitectureTest {

    /** What embedders import: documented and stable. Every other package is internal. */
    private static final String[] API = {
        "io.heddle.nats", "io.heddle.hold", "io.heddle.mount", "io.heddle.mount.backend", "io.heddle.fleet"
    };

    /** Internal, too, and used by the node agent and by the control plane: both receive the messages on shares. */
    private static final String FEED = "io.heddle.mount.feed";

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.heddle");

    @Test
    void findsThePackages() {
        assertThat(OURS.containPackage("io.heddle.nats")).isTrue();
        assertThat(OURS.containPackage("io.heddle.mount.cubefs")).isTrue();
        assertThat(OURS.containPackage("io.heddle.hold.bucket")).isTrue();
    }

    @Test
    void dependenciesPointDown() {
        Architectures.layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("io.heddle..")
                .layer("text")
                .definedBy("io.heddle.text")
                .layer("nats")
                .definedBy("io.heddle.nats")
                .layer("stream")
                .definedBy("io.heddle.stream..")
                .layer("broadcast")
                .definedBy("io.heddle.broadcast")
                .layer("mount")
                .definedBy("io.heddle.mount..")
                .layer("hold")
                .definedBy("io.heddle.hold..")
                .layer("coding")
                .definedBy("io.heddle.coding")
                .layer("fleet")
                .definedBy("io.heddle.fleet..")
                .layer("http")
                .definedBy("io.heddle.http..")
                .layer("observe")
                .definedBy("io.heddle.observe")
                .whereLayer("http")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("observe")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("fleet")
                .mayOnlyBeAccessedByLayers("http", "observe")
                .whereLayer("coding")
                .mayOnlyBeAccessedByLayers("http", "observe")
                .whereLayer("hold")
                .mayOnlyBeAccessedByLayers("coding", "http", "observe")
                .whereLayer("mount")
                .mayOnlyBeAccessedByLayers("fleet", "http", "observe")
                .whereLayer("stream")
                .mayOnlyBeAccessedByLayers("mount", "hold", "fleet", "http", "observe")
                .whereLayer("broadcast")
                .mayOnlyBeAccessedByLayers("mount", "hold", "fleet", "http", "observe")
                .whereLayer("nats")
                .mayOnlyBeAccessedByLayers("stream", "mount", "hold", "fleet", "http", "observe")
                .check(OURS);
    }

    @Test
    void everyClassIsInAKnownPackage() {
        classes()
                .should()
                .resideInAnyPackage(
                        "io.heddle.text",
                        "io.heddle.nats",
                        "io.heddle.stream..",
                        "io.heddle.broadcast",
                        "io.heddle.mount..",
                        "io.heddle.hold..",
                        "io.heddle.coding",
                        "io.heddle.fleet..",
                        "io.heddle.http..",
                        "io.heddle.observe")
                .check(OURS);
    }

    @Test
    void internalPackagesAreUsedByTheirParentOnly() {
        for (String parent : new String[] {"hold", "mount", "fleet", "http"}) {
            noClasses()
                    .that(not(resideInAnyPackage("io.heddle." + parent + "..")))
                    .should()
                    .dependOnClassesThat(resideInAnyPackage("io.heddle." + parent + ".*..")
                            .and(not(resideInAnyPackage(API)))
                            .and(not(resideInAnyPackage(FEED))))
                    .check(OURS);
        }
        noClasses()
                .that()
                .resideOutsideOfPackages("io.heddle.mount..", "io.heddle.fleet..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(FEED)
                .check(OURS);
    }

    @Test
    void backendsDoNotKnowEachOtherNorTheNodeAgent() {
        noClasses()
                .that()
                .resideInAPackage("io.heddle.mount.cubefs..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.heddle.mount.node..", "io.heddle.mount.directory..")
                .check(OURS);
        noClasses()
                .that()
                .resideInAPackage("io.heddle.mount.directory..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.heddle.mount.node..", "io.heddle.mount.cubefs..")
                .check(OURS);
        noClasses()
                .that()
                .resideInAPackage("io.heddle.mount.node..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.heddle.mount.cubefs..", "io.heddle.mount.directory..")
                .check(OURS);
    }

    /** What an embedder sees of an API type: the types of its public and protected members, its supertypes and its exceptions. */
    @Test
    void theApiLeaksNoInternalType() {
        classes()
                .that()
                .resideInAnyPackage(API)
                .and()
                .arePublic()
                .should(new ArchCondition<JavaClass>("show API types only") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        type.getMembers().stream()
                                .filter(ArchitectureTest::isShown)
                                .flatMap(member -> typesOf(member)
                                        .filter(ArchitectureTest::isInternal)
                                        .map(leaked -> member.getFullName() + " shows " + leaked.getName()))
                                .forEach(leak -> events.add(SimpleConditionEvent.violated(type, leak)));
                        Stream.concat(type.getAllRawSuperclasses().stream(), type.getAllRawInterfaces().stream())
                                .filter(ArchitectureTest::isInternal)
                                .forEach(leaked -> events.add(SimpleConditionEvent.violated(
                                        type, type.getName() + " is a " + leaked.getName())));
                    }
                })
                .check(OURS);
    }

    @Test
    void thereAreNoCycles() {
        slices().matching("io.heddle.(*)..").should().beFreeOfCycles().check(OURS);
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
    void onlyTheCubeFsBackendStartsProcesses() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.heddle.mount.cubefs..", "io.heddle.nats")
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(ProcessBuilder.class, Process.class)
                .check(OURS);
    }

    @Test
    void nothingSleeps() {
        noClasses().should().callMethod(Thread.class, "sleep", long.class).check(OURS);
    }

    private static boolean isShown(JavaMember member) {
        return (member.getModifiers().contains(JavaModifier.PUBLIC)
                        || member.getModifiers().contains(JavaModifier.PROTECTED))
                && !member.getModifiers().contains(JavaModifier.SYNTHETIC);
    }

    private static Stream<JavaClass> typesOf(JavaMember member) {
        Set<JavaClass> all = member instanceof JavaField field ? field.getType().getAllInvolvedRawTypes() : Set.of();
        if (member instanceof JavaCodeUnit code) {
            return Stream.of(
                            code.getReturnType().getAllInvolvedRawTypes().stream(),
                            code.getParameterTypes().stream().flatMap(type -> type.getAllInvolvedRawTypes().stream()),
                            code.getExceptionTypes().stream())
                    .flatMap(types -> types);
        }
        return all.stream();
    }

    private static boolean isInternal(JavaClass type) {
        return type.getPackageName().startsWith("io.heddle")
                && !resideInAnyPackage(API).test(type)
                && !type.isEquivalentTo(SlowSubscriberException.class);
    }
}
