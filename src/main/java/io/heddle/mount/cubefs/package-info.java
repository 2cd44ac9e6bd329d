/**
 * The CubeFS backend: the only code that starts, watches and ends FUSE client processes.
 *
 * <p>{@link io.heddle.mount.cubefs.CubeFsApplier} is the entry point. {@code ClientStarter} mounts, {@code ShareUnmount}
 * unmounts, {@code PreviousRun} adopts or cleans up what a previous run left, {@code Supervisor} and {@code ProbeRound} watch.
 * Three rules: only helper processes touch a share's path, never this JVM; a mount is removed before its client ends; and
 * whatever is needed after a kill -9 is on the disk before the step that needs it.
 */
@NullMarked
package io.heddle.mount.cubefs;

import org.jspecify.annotations.NullMarked;
