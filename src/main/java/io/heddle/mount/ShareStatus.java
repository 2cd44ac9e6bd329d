package io.heddle.mount;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one share on this machine.
 *
 * @param since when it got into its state
 * @param attempts how often it was tried since it was last wanted anew, or lost
 * @param error what went wrong last, for people, without credentials; null when nothing is wrong
 * @param mountPoint empty when nobody knows it
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
        String mountPoint,
        String backend,
        boolean readonly) {}
