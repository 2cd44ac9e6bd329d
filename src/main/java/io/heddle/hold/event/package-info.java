/** Hold events: the log for resuming, expiry, and the hot streams of subscribers. */
@NullMarked
package io.heddle.hold.event;

import org.jspecify.annotations.NullMarked;
