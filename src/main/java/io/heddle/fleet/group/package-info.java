/** Group records, their changes by compare-and-set, and the runs that publish a change to the members. */
@NullMarked
package io.heddle.fleet.group;

import org.jspecify.annotations.NullMarked;
