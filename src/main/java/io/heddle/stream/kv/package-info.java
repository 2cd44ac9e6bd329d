/** Key-value buckets with asynchronous compare-and-set. */
@NullMarked
package io.heddle.stream.kv;

import org.jspecify.annotations.NullMarked;
