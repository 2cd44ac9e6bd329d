package io.heddle.fleet;

import com.fasterxml.jackson.annotation.JsonValue;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.Locale;

/** Whether a VM's agent reports, as far as this replica can tell. */
@RegisterForReflection
public enum NodeAgentPresence {
    /** It reported within the time of one report and a half. */
    LIVE,
    /** It missed one or two reports. */
    LATE,
    /** It missed three, or has never reported while this replica listened: for at least {@code heddle.fleet.silent-after}. */
    SILENT,
    /** Not heard yet, and this replica has not listened for long enough to call it late or silent. */
    UNHEARD;

    /** The word in JSON. */
    @Override
    @JsonValue
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
