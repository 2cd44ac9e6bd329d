/** File holds for coding agents: the names of a project's files. */
@NullMarked
package io.heddle.coding;

import org.jspecify.annotations.NullMarked;
