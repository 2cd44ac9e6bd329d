/** Demand-driven {@link io.smallrye.mutiny.Multi}s over pull consumers, key-value watches and core subscriptions, and asynchronous compare-and-set. Knows no domain type. */
@NullMarked
package io.heddle.stream;

import org.jspecify.annotations.NullMarked;
