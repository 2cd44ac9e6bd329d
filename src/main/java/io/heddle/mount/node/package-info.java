/** The node agent: delivery, desired state, the reconciler, and status publishing. */
@NullMarked
package io.heddle.mount.node;

import org.jspecify.annotations.NullMarked;
