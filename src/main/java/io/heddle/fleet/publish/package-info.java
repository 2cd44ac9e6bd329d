/** Publishing to the share stream with many messages in flight. */
@NullMarked
package io.heddle.fleet.publish;

import org.jspecify.annotations.NullMarked;
