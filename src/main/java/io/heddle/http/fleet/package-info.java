/** Endpoints of VMs, groups and their shares. */
@NullMarked
package io.heddle.http.fleet;

import org.jspecify.annotations.NullMarked;
