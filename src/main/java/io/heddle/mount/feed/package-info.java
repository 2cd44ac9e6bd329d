/**
 * The messages on shares, from wherever they arrive: the bucket of the latest messages, the stream, and core NATS. Internal; used by
 * the node agent and by the control plane.
 */
@NullMarked
package io.heddle.mount.feed;

import org.jspecify.annotations.NullMarked;
