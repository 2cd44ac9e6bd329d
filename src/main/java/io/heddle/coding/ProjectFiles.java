package io.heddle.coding;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The names that a project's files have in holds: the same in every worktree, clone and machine. A file below the root of a
 * repository has the hold path {@code /PROJECT/PATH}, every other file its absolute path. The command line has the same function, and
 * both have the same test vectors. Blocking. Thread-safe.
 */
public final class ProjectFiles {

    /** As many as Linux follows. */
    private static final int MAX_LINKS = 40;

    private ProjectFiles() {}

    /**
     * Returns the hold path of a file or directory, which need not exist. Symbolic links are followed, so that a file has one hold
     * path whatever way leads to it.
     *
     * @param file an absolute path; a directory ends with {@code /}, and so does its hold path
     * @throws ProjectNameException when the project's settings or name are invalid
     * @throws UncheckedIOException when a directory on the way cannot be read
     */
    public static String holdPath(String file) {
        try {
            Path real = resolve(Path.of(file));
            Optional<Path> root = root(real);
            String path;
            if (root.isPresent()) {
                String below = spelled(root.get(), real);
                path = "/" + ProjectName.of(root.get()) + (below.isEmpty() ? "" : "/" + below);
            } else {
                path = slashes(real.toString());
            }
            boolean directory = file.endsWith("/") || file.endsWith(File.separator);
            return Normalizer.normalize(path, Normalizer.Form.NFC) + (directory && !path.equals("/") ? "/" : "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns whether a file belongs to a working tree of a repository on this machine.
     *
     * @param file an absolute path; need not exist
     */
    static boolean isInRepository(String file) {
        try {
            return root(resolve(Path.of(file))).isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the root of the working tree that contains a path. A submodule is a working tree of its own. */
    static Optional<Path> root(Path real) {
        for (Path here = real; here.getParent() != null; here = here.getParent()) {
            if (Files.exists(here.resolve(".git"))) {
                return Optional.of(here);
            }
        }
        return Optional.empty();
    }

    /** As {@link Path#toRealPath}, for a path whose end need not exist. */
    private static Path resolve(Path path) throws IOException {
        Deque<Path> left = new ArrayDeque<>();
        push(left, path);
        Path real = path.getRoot();
        for (int links = 0; !left.isEmpty(); ) {
            Path part = left.pop();
            if (part.toString().equals("..")) {
                real = real.getParent() == null ? real : real.getParent();
            } else if (!part.toString().isEmpty() && !part.toString().equals(".")) {
                Path next = real.resolve(part);
                if (!Files.isSymbolicLink(next)) {
                    real = next;
                } else if (++links > MAX_LINKS) {
                    throw new FileSystemLoopException(path.toString());
                } else {
                    Path target = Files.readSymbolicLink(next);
                    push(left, target);
                    real = target.isAbsolute() ? target.getRoot() : real;
                }
            }
        }
        return real;
    }

    private static void push(Deque<Path> left, Path path) {
        for (int i = path.getNameCount() - 1; i >= 0; i--) {
            left.push(path.getName(i));
        }
    }

    /** The path as the directories spell it, where the file system ignores case or the form of Unicode. */
    private static String spelled(Path root, Path real) throws IOException {
        if (real.equals(root)) {
            return "";
        }
        Path here = root;
        StringBuilder spelled = new StringBuilder();
        for (Path part : root.relativize(real)) {
            Path there = here.resolve(part);
            String name = Files.exists(there, LinkOption.NOFOLLOW_LINKS) ? entry(here, there) : part.toString();
            spelled.append(spelled.length() == 0 ? "" : "/").append(name);
            here = there;
        }
        return spelled.toString();
    }

    private static String entry(Path directory, Path there) throws IOException {
        String name = there.getFileName().toString();
        String other = null;
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                String candidate = entry.getFileName().toString();
                if (candidate.equals(name)) {
                    return name;
                }
                if (candidate.equalsIgnoreCase(name) && isSame(entry, there)) {
                    other = candidate;
                }
            }
        }
        return other == null ? name : other;
    }

    private static boolean isSame(Path one, Path other) throws IOException {
        try {
            return Files.isSameFile(one, other);
        } catch (FileSystemException dangling) {
            return false;
        }
    }

    private static String slashes(String path) {
        String slashes = path.replace(File.separatorChar, '/');
        return slashes.startsWith("/") ? slashes : "/" + slashes;
    }
}
