package io.heddle.mount;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Properties;

/**
 * The whole status of an agent, as it publishes it on {@link ShareSubjects#status}.
 *
 * @param vm the VM id
 * @param vmIds every id of this machine, {@code vm} among them: the status is the same for each
 * @param version the version of Heddle
 * @param time when this was written, by the agent's clock
 * @param mode how shares reach it
 */
@RegisterForReflection
@JsonNaming(SnakeCaseStrategy.class)
public record NodeAgentStatus(
        String vm, List<String> vmIds, String version, Instant time, DeliveryMode mode, List<ShareStatus> shares) {

    /** The version of Heddle that is running. */
    public static final String VERSION = readVersion();

    private static String readVersion() {
        try (InputStream in = NodeAgentStatus.class.getResourceAsStream("/io/heddle/version.properties")) {
            Properties properties = new Properties();
            properties.load(Objects.requireNonNull(in, "version.properties is not in the jar"));
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
