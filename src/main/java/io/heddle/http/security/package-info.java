/** Sign-in, roles, and the host check. */
@NullMarked
package io.heddle.http.security;

import org.jspecify.annotations.NullMarked;
