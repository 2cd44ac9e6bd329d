package io.heddle.mount.cubefs.kernel;

import java.io.File;
import java.util.Map;

/** What every child process gets and does not get from us. */
public final class ChildEnvironment {

    private ChildEnvironment() {}

    /**
     * Gives it no input and none of our settings: {@code HEDDLE_NATS_PASSWORD} would be in {@code /proc/<pid>/environ} of a client.
     */
    public static ProcessBuilder prepare(ProcessBuilder builder) {
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("HEDDLE_") || name.startsWith("QUARKUS_"));
        return builder;
    }
}
