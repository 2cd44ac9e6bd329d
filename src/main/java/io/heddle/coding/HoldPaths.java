package io.heddle.coding;

import io.heddle.hold.FilePath;
import io.heddle.hold.InvalidFilePathException;
import java.text.Normalizer;
import java.util.regex.Pattern;

/**
 * The hold paths of the paths that an agent names: relative to its repository, absolute on its machine, or hold paths already.
 *
 * @param project the project of relative paths and of those below the root; empty when it is not known
 * @param root the working tree on the agent's machine; empty when it is not known
 * @param local whether the agent's files are this machine's, where links and repositories can be looked up
 */
public record HoldPaths(String project, String root, boolean local) {

    private static final Pattern WINDOWS = Pattern.compile("(?:[A-Za-z]:)?\\\\.*|[A-Za-z]:/.*", Pattern.DOTALL);

    public HoldPaths {
        project = strip(project);
        root = slashes(root);
    }

    /**
     * Returns the hold path.
     *
     * @param path a directory, with everything below it, ends with a slash
     * @throws InvalidFilePathException when it is relative and the project is not known, or leaves the project
     */
    public FilePath of(String path) {
        String named = slashes(path);
        if (named.isEmpty()) {
            throw new InvalidFilePathException(path, "is empty");
        }
        if (!named.startsWith("/")) {
            if (project.isEmpty()) {
                throw new InvalidFilePathException(path, "is relative, and the project is not known");
            }
            return target(FilePath.within("/" + project, named), named);
        }
        FilePath absolute = FilePath.of(named);
        if (isKnown(project) && absolute.isWithin(FilePath.of("/" + project))) {
            return target(absolute, named);
        }
        String looked = absolute.value() + (named.endsWith("/") ? "/" : "");
        if (local && ProjectFiles.isInRepository(looked)) {
            return FilePath.parse(ProjectFiles.holdPath(looked));
        }
        if (isKnown(project) && isKnown(root) && absolute.isWithin(FilePath.of(root))) {
            String below = absolute.value().substring(FilePath.of(root).value().length());
            return target(FilePath.of("/" + project + below), named);
        }
        return local ? FilePath.parse(ProjectFiles.holdPath(looked)) : target(absolute, named);
    }

    /** NFC, as the names of {@link ProjectFiles}. */
    private static FilePath target(FilePath file, String named) {
        String path = Normalizer.normalize(file.value(), Normalizer.Form.NFC);
        return named.endsWith("/") ? FilePath.directory(path) : FilePath.of(path);
    }

    private static boolean isKnown(String text) {
        return !text.isEmpty();
    }

    private static String slashes(String path) {
        if (!WINDOWS.matcher(path).matches()) {
            return path;
        }
        String slashes = path.replace('\\', '/');
        return slashes.startsWith("/") ? slashes : "/" + slashes;
    }

    private static String strip(String project) {
        return project.replaceAll("^/+|/+$", "");
    }
}
