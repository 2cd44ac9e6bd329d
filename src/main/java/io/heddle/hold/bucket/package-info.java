/** The bucket of holds: key and value codec, the rules, compare-and-set, and the local index that one watch feeds. */
@NullMarked
package io.heddle.hold.bucket;

import org.jspecify.annotations.NullMarked;
