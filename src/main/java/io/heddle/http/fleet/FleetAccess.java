package io.heddle.http.fleet;

import io.heddle.fleet.Fleet;
import io.heddle.http.BadFieldException;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** The control plane, where there is one, and what its resources have in common. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class FleetAccess {

    static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1000;

    private final Instance<Fleet> fleet;

    FleetAccess(Instance<Fleet> fleet) {
        this.fleet = fleet;
    }

    /** @throws FleetDisabledException when it is turned off */
    Fleet fleet() {
        if (!fleet.isResolvable()) {
            throw new FleetDisabledException();
        }
        return fleet.get();
    }

    static int limit(@Nullable Integer limit) {
        if (limit == null) {
            return DEFAULT_LIMIT;
        }
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new BadFieldException("limit", "must be from 1 to " + MAX_LIMIT);
        }
        return limit;
    }

    static String after(@Nullable String after) {
        return after == null ? "" : after;
    }
}
