package io.heddle.mount;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How shares reach this agent at the moment. */
public enum DeliveryMode {
    /** Not at all: the broker is not reachable. */
    NONE,
    /** The stream, with replay. */
    JETSTREAM,
    /** Plain messages, without replay: the broker has no JetStream. */
    CORE;

    /** The word in JSON, metrics and logs. */
    @Override
    @JsonValue
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
