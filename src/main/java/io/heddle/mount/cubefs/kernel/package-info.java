/** What the kernel reports and does: mount table, processes, FUSE connections, unmounts, and helper processes that touch share paths. */
@NullMarked
package io.heddle.mount.cubefs.kernel;

import org.jspecify.annotations.NullMarked;
