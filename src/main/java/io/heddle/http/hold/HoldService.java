package io.heddle.http.hold;

import io.heddle.hold.Holds;
import io.heddle.http.ProblemException;
import io.heddle.http.ProblemType;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** The holds of this process, if they are enabled. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class HoldService {

    private final @Nullable Holds holds;

    HoldService(Instance<Holds> holds) {
        this.holds = holds.isResolvable() ? holds.get() : null;
    }

    /** @throws ProblemException when holds are disabled */
    Holds get() {
        if (holds == null) {
            throw new ProblemException(
                    ProblemType.HOLDS_DISABLED, "this service has no holds: heddle.holds.enabled=false");
        }
        return holds;
    }

    /**
     * For calls that are answered from the local index.
     *
     * @throws ProblemException when holds are disabled, or while the index is not complete
     */
    Holds ready() {
        Holds here = get();
        if (!here.status().ready()) {
            throw new ProblemException(
                    ProblemType.NOT_READY,
                    "the index of holds is not complete: the bucket is being read, or the broker is away");
        }
        return here;
    }
}
