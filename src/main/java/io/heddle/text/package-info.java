/** Text and paths from outside: cleaning, checking, and escaping. */
@NullMarked
package io.heddle.text;

import org.jspecify.annotations.NullMarked;
