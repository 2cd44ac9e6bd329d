package io.heddle.fleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.heddle.mount.ShareState;
import io.heddle.mount.ShareStatus;
import io.quarkus.runtime.annotations.RegisterForReflection;
import org.jspecify.annotations.Nullable;

/**
 * One share of a VM: what is wanted beside what its agent reported last.
 *
 * @param desired null when nobody wants it
 * @param reported null when the agent does not know it
 * @param inSync whether the report is what is wanted
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
