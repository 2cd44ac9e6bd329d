package io.heddle.fleet;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * What may be shown of a share that a group gives to its members: no credentials.
 *
 * @param volume the CubeFS volume; empty for other backends
 */
@RegisterForReflection
@JsonNaming(SnakeCaseStrategy.class)
public record GroupShare(String id, String mountPoint, String backend, boolean readonly, String volume) {}
