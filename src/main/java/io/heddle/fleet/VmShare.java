package io.heddle.fleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.heddle.mount.ShareState;
import io.heddle.mount.ShareStatus;
import io.quarkus.runtime.annotations.RegisterForReflection;
import org.jspecify.annotations.Nullable;

/**
 * The desired and the last reported state of one share of a VM.
 *
 * @param desired null when the share is not desired
 * @param reported null when the node agent does not report it
 * @param inSync whether both match
 */
@RegisterForReflection
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VmShare(
        String id, @Nullable DesiredShare desired, @Nullable ShareStatus reported, boolean inSync) {

    public static VmShare of(String id, @Nullable DesiredShare desired, @Nullable ShareStatus reported) {
        boolean inSync = desired != null
                ? desired.isMetBy(reported)
                : reported == null || reported.state() == ShareState.UNMOUNTED;
        return new VmShare(id, desired, reported, inSync);
    }
}
