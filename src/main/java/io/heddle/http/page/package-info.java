/** The page and its assets. */
@NullMarked
package io.heddle.http.page;

import org.jspecify.annotations.NullMarked;
