/**
 * What a backend provides: its part of a share message ({@link io.heddle.mount.backend.Backend}) and the engine that mounts it (a
 * {@link io.heddle.mount.ShareApplier} bean).
 */
@NullMarked
package io.heddle.mount.backend;

import org.jspecify.annotations.NullMarked;
