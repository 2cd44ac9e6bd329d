package io.heddle.fleet;

import com.fasterxml.jackson.annotation.JsonValue;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.Locale;

/** Whether a VM's node agent reports, as seen by this replica. */
@RegisterForReflection
public enum NodeAgentPresence {
    /** Reported within {@code heddle.fleet.late-after}. */
    LIVE,
    /** Missed one or two reports. */
    LATE,
    /** Has not reported for {@code heddle.fleet.silent-after} while this replica was subscribed. */
    SILENT,
    /** Not reported yet, and this replica was not subscribed long enough to call it late or silent. */
    UNHEARD;

    /** The value in JSON. */
    @Override
    @JsonValue
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
