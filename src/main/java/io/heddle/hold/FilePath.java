package io.heddle.hold;

import io.heddle.text.CleanPath;
import io.heddle.text.Text;
import org.jspecify.annotations.Nullable;

/**
 * An absolute path, cleaned as POSIX and Go's {@code path.Clean} do ({@code //}, {@code .}, {@code ..}, a trailing slash).
 * Cleaning is lexical: nothing is looked up, a symbolic link is not followed, and the file need not exist on this machine.
 * Two paths that are written differently but clean to the same text are equal.
 *
 * @param value the cleaned path, begins with a slash
 */
public record FilePath(String value) implements Comparable<FilePath> {

    /**
     * Checks and cleans a path.
     *
     * @throws InvalidFilePathException when it is empty, not absolute, contains a NUL or a lone surrogate, or its key would be
     *     longer than {@value HoldKey#MAX_BYTES} bytes
     */
    public FilePath {
        if (value.indexOf('\0') >= 0) {
            throw new InvalidFilePathException(value, "contains a NUL");
        }
        if (!Text.isUnicode(value)) {
            throw new InvalidFilePathException(value, "contains a lone surrogate");
        }
        if (value.isEmpty()) {
            throw new InvalidFilePathException(value, "is empty");
        }
        if (value.charAt(0) != '/') {
            throw new InvalidFilePathException(value, "is not absolute");
        }
        value = CleanPath.clean(value);
        if (HoldKey.encodedLength(value) > HoldKey.MAX_BYTES) {
            throw new InvalidFilePathException(
                    value, "is too long: its key takes more than " + HoldKey.MAX_BYTES + " bytes");
        }
    }

    /** Returns the path, checked and cleaned. */
    public static FilePath of(String absolute) {
        return new FilePath(absolute);
    }

    /**
     * Returns the path of a file in a workspace.
     *
     * @param root the workspace, absolute
     * @param path relative to it; must not leave it
     * @throws InvalidFilePathException when the root is not absolute, the path is, or the path leaves the root
     */
    public static FilePath within(String root, String path) {
        if (!root.startsWith("/")) {
            throw new InvalidFilePathException(root, "is not a workspace: not absolute");
        }
        if (path.startsWith("/")) {
            throw new InvalidFilePathException(path, "is absolute, but must be relative to " + root);
        }
        FilePath workspace = new FilePath(root);
        FilePath file = new FilePath(root + "/" + path);
        if (!file.isWithin(workspace)) {
            throw new InvalidFilePathException(path, "leaves the workspace " + workspace);
        }
        return file;
    }

    /** Returns whether this is {@code directory} or below it. */
    public boolean isWithin(FilePath directory) {
        return CleanPath.isWithin(value, directory.value);
    }

    // As generated for a record, but without its method handles: every map of holds uses them.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FilePath file && value.equals(file.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public int compareTo(FilePath other) {
        return value.compareTo(other.value);
    }

    /** The path itself. */
    @Override
    public String toString() {
        return value;
    }
}
