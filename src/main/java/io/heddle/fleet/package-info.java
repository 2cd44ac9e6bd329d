/** The control plane: publishes shares to VMs. */
@NullMarked
package io.heddle.fleet;

import org.jspecify.annotations.NullMarked;
