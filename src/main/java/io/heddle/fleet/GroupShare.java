package io.heddle.fleet;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * A share that a group gives to its members; holds no credentials.
 *
 * @param volume what its backend shows of the source: the volume of a CubeFS share
 */
@RegisterForReflection
@JsonNaming(SnakeCaseStrategy.class)
public record GroupShare(String id, String mountPoint, String backend, boolean readonly, String volume) {}
