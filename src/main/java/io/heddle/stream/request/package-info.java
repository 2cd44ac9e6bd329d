/** Request and reply over the broker connection, and the management API of JetStream. */
@NullMarked
package io.heddle.stream.request;

import org.jspecify.annotations.NullMarked;
