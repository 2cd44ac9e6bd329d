/** Share mounts: the model, decode, validate, the desired state and its reconciler, the {@link io.heddle.mount.ShareApplier} SPI and share events. */
@NullMarked
package io.heddle.mount;

import org.jspecify.annotations.NullMarked;
