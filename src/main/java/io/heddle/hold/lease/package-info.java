/** Leases that renew themselves, and waiting for a file in order of arrival. */
@NullMarked
package io.heddle.hold.lease;

import org.jspecify.annotations.NullMarked;
