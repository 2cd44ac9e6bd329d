/** The history of holds: a stream that sources the bucket's, and how its messages become holds with a beginning and an end. */
@NullMarked
package io.heddle.hold.history;

import org.jspecify.annotations.NullMarked;
