package io.heddle.fleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.heddle.mount.DeliveryMode;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A VM at one moment: what is wanted there, and what its agent reports.
 *
 * @param aliases the other ids of the same machine, as its agent says; what is wanted under them is wanted here
 * @param agent whether the agent reports
 * @param silent whether {@code agent} is {@link NodeAgentPresence#SILENT}
 * @param lastSeen when the last report came, by this replica's clock; null when none came since it started
 * @param inSync whether the agent reports exactly what is wanted, and is not silent
 * @param version of the agent; null when it never reported
 * @param mode how shares reach the agent; null when it never reported
 * @param shares wanted or reported, sorted by id
 */
@RegisterForReflection
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VmView(
        String vm,
        List<String> aliases,
        NodeAgentPresence agent,
        boolean silent,
        @Nullable Instant lastSeen,
        boolean inSync,
        @Nullable String version,
        @Nullable DeliveryMode mode,
        List<VmShare> shares) {}
