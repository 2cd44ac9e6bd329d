/** The command line, as a file that the service serves. */
@NullMarked
package io.heddle.http.cli;

import org.jspecify.annotations.NullMarked;
