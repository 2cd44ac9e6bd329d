/** Endpoints of the shares of this machine. */
@NullMarked
package io.heddle.http.mount;

import org.jspecify.annotations.NullMarked;
