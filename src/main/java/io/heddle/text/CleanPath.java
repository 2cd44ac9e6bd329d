package io.heddle.text;

import java.util.ArrayDeque;
import java.util.Deque;

/** Lexical cleaning of absolute POSIX paths. Never touches the file system: a share path must not be stat-ed here. */
public final class CleanPath {

    private CleanPath() {}

    /**
     * Removes {@code //}, {@code .}, {@code ..} and a trailing slash, as Go's {@code path.Clean} does.
     *
     * @param path begins with a slash
     */
    public static String clean(String path) {
        if (isClean(path)) {
            return path;
        }
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
    public static boolean isWithin(String path, String root) {
        return path.startsWith(root)
                && (path.length() == root.length() || root.equals("/") || path.charAt(root.length()) == '/');
    }

    /** Most paths are: then nothing has to be taken apart. */
    private static boolean isClean(String path) {
        int part = 1;
        for (int i = 1; i <= path.length(); i++) {
            if (i == path.length() || path.charAt(i) == '/') {
                int length = i - part;
                boolean dots = length > 0 && length <= 2 && path.startsWith("..".substring(2 - length), part);
                if (dots || (length == 0 && path.length() > 1)) {
                    return false;
                }
                part = i + 1;
            }
        }
        return true;
    }
}
