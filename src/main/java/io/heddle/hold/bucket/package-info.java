/**
 * The bucket of holds: key and value codec, the rules, compare-and-set, and the local index that one watch feeds. To read an
 * announce from call to grant: {@code KvHolds.announce}, {@code HoldEngine.announce}, {@code CompareAndSet},
 * {@code HoldRules.announce}.
 */
@NullMarked
package io.heddle.hold.bucket;

import org.jspecify.annotations.NullMarked;
