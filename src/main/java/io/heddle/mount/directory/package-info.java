/** The backend engine for development: a share is a symbolic link to a directory. */
@NullMarked
package io.heddle.mount.directory;

import org.jspecify.annotations.NullMarked;
