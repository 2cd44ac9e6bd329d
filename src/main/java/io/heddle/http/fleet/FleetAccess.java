package io.heddle.http.fleet;

import io.heddle.fleet.Fleet;
import io.heddle.http.BadFieldException;
import io.heddle.http.ProblemException;
import io.heddle.http.ProblemType;
import io.heddle.http.Query;
import io.heddle.mount.ShareSubjects;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** The control plane, if it is enabled, and the parameters that its resources share. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class FleetAccess {

    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1000;

    private final Instance<Fleet> fleet;

    FleetAccess(Instance<Fleet> fleet) {
        this.fleet = fleet;
    }

    /** @throws ProblemException when the control plane is disabled */
    Fleet fleet() {
        if (!fleet.isResolvable()) {
            throw new ProblemException(
                    ProblemType.FLEET_DISABLED, "this service has no control plane: heddle.fleet.enabled=false");
        }
        return fleet.get();
    }

    static int limit(Query query) {
        return query.count("limit", DEFAULT_LIMIT, MAX_LIMIT);
    }

    static String after(Query query) {
        return Objects.requireNonNullElse(query.optional("after"), "");
    }

    /** Validates a name with a rule of the packages below. */
    static String valid(String field, String name, UnaryOperator<String> rule) {
        try {
            return rule.apply(name);
        } catch (IllegalArgumentException e) {
            throw new BadFieldException(field, String.valueOf(e.getMessage()));
        }
    }

    static String validVm(String field, String vm) {
        return valid(field, vm, ShareSubjects::requireVmId);
    }
}
