package io.heddle.http.hold;

import io.heddle.hold.Holds;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The holds of this process, if there are any. */
@Singleton
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
final class HoldService {

    private final @Nullable Holds holds;

    HoldService(Instance<Holds> holds) {
        this.holds = holds.isResolvable() ? holds.get() : null;
    }

    /** @throws HoldsDisabledException when there are none here */
    Holds get() {
        return Objects.requireNonNullElseGet(holds, () -> {
            throw new HoldsDisabledException();
        });
    }

    /**
     * For what is answered from this process's own picture.
     *
     * @throws HoldsDisabledException when there are none here
     * @throws HoldsNotReadyException while the picture has a gap
     */
    Holds ready() {
        Holds here = get();
        if (!here.status().ready()) {
            throw new HoldsNotReadyException();
        }
        return here;
    }

    /** {@code heddle.holds.enabled} is false. */
    static final class HoldsDisabledException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        HoldsDisabledException() {
            super("this service has no holds: heddle.holds.enabled=false");
        }
    }

    /** The bucket is not read to its end, or the broker is away. */
    static final class HoldsNotReadyException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        HoldsNotReadyException() {
            super("the holds are not known at the moment: the bucket is being read, or the broker is away");
        }
    }
}
