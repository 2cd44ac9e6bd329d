package io.heddle.mount;

import java.util.ArrayDeque;
import java.util.Deque;

/** Lexical cleaning of absolute POSIX paths. Never touches the file system: a share path must not be stat-ed here. */
final class CleanPath {

    private CleanPath() {}

    /**
     * Removes {@code //}, {@code .}, {@code ..} and a trailing slash, as Go's {@code path.Clean} does.
     *
     * @param path begins with a slash
     */
    static String clean(String path) {
        Deque<String> parts = new ArrayDeque<>();
        for (String part : path.split("/", -1)) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return "/" + String.join("/", parts);
    }

    /** Whether {@code path} is {@code root} or below it; both cleaned. */
    static boolean isWithin(String path, String root) {
        return path.equals(root) || root.equals("/") || path.startsWith(root + "/");
    }
}
