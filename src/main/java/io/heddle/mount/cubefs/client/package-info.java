/** The CubeFS client as a process: its run directory, record, output and the redaction of what it wrote. */
@NullMarked
package io.heddle.mount.cubefs.client;

import org.jspecify.annotations.NullMarked;
