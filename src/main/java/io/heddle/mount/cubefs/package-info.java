/** The CubeFS engine: the only code that starts, watches and ends FUSE client processes. */
@NullMarked
package io.heddle.mount.cubefs;

import org.jspecify.annotations.NullMarked;
