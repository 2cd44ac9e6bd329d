/** Endpoints of file holds. */
@NullMarked
package io.heddle.http.hold;

import org.jspecify.annotations.NullMarked;
