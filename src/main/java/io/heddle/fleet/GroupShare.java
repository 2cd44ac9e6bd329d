package io.heddle.fleet;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * A share that a group gives to its members; holds no credentials.
 *
 * @param volume the CubeFS volume; empty for other backends
 */
@RegisterForReflection
@JsonNaming(SnakeCaseStrategy.class)
public record GroupShare(String id, String mountPoint, String backend, boolean readonly, String volume) {}
