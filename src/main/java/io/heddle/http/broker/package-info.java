/** The status of the broker, its streams and buckets. */
@NullMarked
package io.heddle.http.broker;

import org.jspecify.annotations.NullMarked;
