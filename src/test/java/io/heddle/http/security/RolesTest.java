package io.heddle.http.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.heddle.http.cli.CommandLineResource;
import io.heddle.http.page.PageResource;
import jakarta.annotation.security.PermitAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** No endpoint without a role: where nothing is said, anybody would be let in. */
class RolesTest {

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.heddle");

    @Test
    void everyEndpointAsksForARole() {
        List<JavaMethod> endpoints = endpoints();

        assertThat(endpoints).hasSizeGreaterThan(3);
        assertThat(endpoints.stream()
                        .filter(endpoint -> !endpoint.isAnnotatedWith(RolesAllowed.class))
                        .filter(endpoint -> !endpoint.getOwner().isAnnotatedWith(RolesAllowed.class))
                        .filter(endpoint -> !endpoint.getOwner().isAnnotatedWith(PermitAll.class))
                        .map(JavaMethod::getFullName))
                .isEmpty();
    }

    @Test
    void everyRoleThatIsAskedForExists() {
        assertThat(endpoints().stream()
                        .filter(endpoint -> endpoint.isAnnotatedWith(RolesAllowed.class))
                        .flatMap(
                                endpoint -> List.of(endpoint.getAnnotationOfType(RolesAllowed.class)
                                                .value())
                                        .stream()))
                .isNotEmpty()
                .allMatch(Roles.ALL::contains);
    }

    @Test
    void onlyTheSignInThePageAndTheCommandLineAreOpenToAll() {
        assertThat(OURS.stream()
                        .filter(type -> type.isAnnotatedWith(PermitAll.class)
                                || type.getMethods().stream()
                                        .anyMatch(method -> method.isAnnotatedWith(PermitAll.class)))
                        .map(JavaClass::getName))
                .containsExactlyInAnyOrder(
                        SessionResource.class.getName(),
                        PageResource.class.getName(),
                        CommandLineResource.class.getName());
    }

    private static List<JavaMethod> endpoints() {
        return OURS.stream()
                .filter(type -> type.isAnnotatedWith(Path.class))
                .flatMap(type -> type.getMethods().stream())
                .filter(method -> method.isMetaAnnotatedWith(HttpMethod.class))
                .toList();
    }
}
