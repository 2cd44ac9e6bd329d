/** Health checks, meters and traces. */
@NullMarked
package io.heddle.observe;

import org.jspecify.annotations.NullMarked;
