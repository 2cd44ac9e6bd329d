package io.heddle.hold;

import io.heddle.text.CleanPath;
import io.heddle.text.Text;
import org.jspecify.annotations.Nullable;

/**
 * The absolute path of a file, or of a directory with everything below it. It is cleaned as POSIX and Go's {@code path.Clean} do
 * ({@code //}, {@code .}, {@code ..}, a trailing slash). Cleaning is lexical: nothing is looked up, a symbolic link is not
 * followed, and the file need not exist on this machine. Two paths that are written differently but clean to the same text are
 * equal. {@link #directory} names the directory; everything else names the file of the path.
 *
 * @param value the cleaned path, begins with a slash; that of a directory also ends with one
 * @param isDirectory whether it names the directory with everything below it
 */
public record FilePath(String value, boolean isDirectory) implements Comparable<FilePath> {

    /**
     * Checks and cleans a path.
     *
     * @throws InvalidFilePathException when it is empty, not absolute, contains a NUL or a lone surrogate, its key would be
     *     longer than {@value HoldKey#MAX_BYTES} bytes, or it is the root and {@code isDirectory}
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
        if (isDirectory) {
            if (value.equals("/")) {
                throw new InvalidFilePathException(value, "is the root: name a directory below it");
            }
            value += "/";
        }
        if (HoldKey.encodedLength(value) > HoldKey.MAX_BYTES) {
            throw new InvalidFilePathException(
                    value, "is too long: its key takes more than " + HoldKey.MAX_BYTES + " bytes");
        }
    }

    /** Checks and cleans the path of a file. */
    public FilePath(String value) {
        this(value, false);
    }

    /** Returns the path of a file, checked and cleaned. */
    public static FilePath of(String absolute) {
        return new FilePath(absolute);
    }

    /** Returns the path of a directory with everything below it, checked and cleaned; with or without a slash at the end. */
    public static FilePath directory(String absolute) {
        return new FilePath(absolute, true);
    }

    /** Returns the path of the directory if the text ends with a slash and is not the root, else that of the file. */
    public static FilePath parse(String absolute) {
        return new FilePath(absolute, absolute.length() > 1 && absolute.endsWith("/"));
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

    /** Returns whether this is {@code directory} or below it; whether either of them names the directory does not matter. */
    public boolean isWithin(FilePath directory) {
        return CleanPath.isWithin(value, directory.plain());
    }

    /** Returns whether the two have a file in common: they are the same path, or one is below the other one, a directory. */
    public boolean overlaps(FilePath other) {
        return plain().equals(other.plain())
                || (isDirectory && other.isWithin(this))
                || (other.isDirectory && isWithin(other));
    }

    /** Returns the path without the slash at the end of a directory's. */
    public String plain() {
        return isDirectory ? value.substring(0, value.length() - 1) : value;
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
