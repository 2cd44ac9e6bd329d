/** Hot fan-out: a bounded queue for each subscriber; slow subscribers are evicted and counted. Knows neither NATS nor a domain type. */
@NullMarked
package io.heddle.broadcast;

import org.jspecify.annotations.NullMarked;
