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
 * The desired and the reported state of a VM at one moment.
 *
 * @param aliases the other ids of the same machine, as its node agent reports; their shares are desired here too
 * @param agent whether the node agent reports
 * @param silent whether {@code agent} is {@link NodeAgentPresence#SILENT}
 * @param lastSeen when the last report came, by this replica's clock; null when none came since it started
 * @param inSync whether the node agent reports exactly the desired state, and is not silent
 * @param version of the node agent; null when it never reported
 * @param mode how shares reach the node agent; null when it never reported
 * @param shares desired or reported, sorted by id
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
