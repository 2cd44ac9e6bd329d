package io.heddle.mount.cubefs.kernel;

import java.io.File;
import java.util.Map;

/** What every child process gets and does not get from us. */
public final class ChildEnvironment {

    private ChildEnvironment() {}

    /**
     * Reads from nowhere, and does not inherit our configuration: {@code HEDDLE_NATS_PASSWORD} and its kind are none of a
     * client's business, and stand in {@code /proc/<pid>/environ} otherwise.
     */
    public static ProcessBuilder prepare(ProcessBuilder builder) {
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("HEDDLE_") || name.startsWith("QUARKUS_"));
        return builder;
    }
}
