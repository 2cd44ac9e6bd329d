package io.heddle.mount;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The status of one share on a machine.
 *
 * @param since when the share entered its state
 * @param attempts the attempts since the desired state changed or the mount was lost; not reset while the share fails
 * @param error the last error, human-readable, without credentials; it stays through later attempts and is null once one succeeded
 * @param failingSince when the first error since the last success occurred; null when there is none
 * @param mountPoint empty when it is not known
 * @param progress how far a mount that takes longer has come, human-readable; null when there is nothing to report
 * @param degraded why the files of a mounted share do not answer, human-readable; null when they do
 * @param degradedSince when that was detected
 */
@RegisterForReflection
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ShareStatus(
        String id,
        ShareState state,
        Instant since,
        int attempts,
        @Nullable String error,
        @Nullable Instant failingSince,
        String mountPoint,
        String backend,
        boolean readonly,
        @Nullable String progress,
        @Nullable String degraded,
        @Nullable Instant degradedSince) {}
