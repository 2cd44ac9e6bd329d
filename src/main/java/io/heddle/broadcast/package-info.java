/** Hot fan-out: a bounded queue for each subscriber; slow subscribers are evicted and counted. Depends on no other package. */
@NullMarked
package io.heddle.broadcast;

import org.jspecify.annotations.NullMarked;
