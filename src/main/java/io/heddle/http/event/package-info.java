/** Server-sent events with backpressure from the socket. */
@NullMarked
package io.heddle.http.event;

import org.jspecify.annotations.NullMarked;
