/** The desired and the reported state of every VM, read from the stream and from status messages. */
@NullMarked
package io.heddle.fleet.vm;

import org.jspecify.annotations.NullMarked;
