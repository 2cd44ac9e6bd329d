/** The time of the broker, and the monitor that calibrates it. */
@NullMarked
package io.heddle.stream.clock;

import org.jspecify.annotations.NullMarked;
