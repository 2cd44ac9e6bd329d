/**
 * The CubeFS engine: the only code that starts, watches and ends FUSE client processes.
 *
 * <p>{@link io.heddle.mount.cubefs.CubeFsApplier} is the way in. {@code ClientStarter} mounts, {@code TakeDown} unmounts,
 * {@code EarlierRun} takes over what an earlier life left, {@code Supervisor} and {@code ProbeRound} watch. Three rules hold
 * everywhere: a share's path is touched by helper processes only, never by this JVM; a mount goes before its client; and what
 * would be needed after a kill -9 is on the disk before the step that needs it.
 */
@NullMarked
package io.heddle.mount.cubefs;

import org.jspecify.annotations.NullMarked;
