package io.heddle.hold.bucket;

import io.heddle.hold.FilePath;
import java.util.Map;
import java.util.NavigableMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Parts of a map whose keys are the texts of {@code HoldName}s, or paths. They are in the order of characters: a path, its shared
 * holds (after a NUL), the paths below it (after a slash).
 */
public final class PathOrder {

    private PathOrder() {}

    /** Returns what overlaps with a path: of itself, of each directory above it and, if it is a directory, of all below it. */
    public static <T> Stream<Map.Entry<String, T>> overlapping(NavigableMap<String, T> map, FilePath path) {
        String plain = path.plain();
        Stream<Map.Entry<String, T>> found = Stream.concat(
                at(map, plain), path.isDirectory() ? range(map, plain + "/", plain + "0") : at(map, plain + "/"));
        for (int end = plain.lastIndexOf('/'); end > 0; end = plain.lastIndexOf('/', end - 1)) {
            found = Stream.concat(found, at(map, plain.substring(0, end + 1)));
        }
        return found;
    }

    /**
     * Returns a part of the map, in order; costs what is read of it.
     *
     * @param within only this path and what is below it; null for all
     * @param after only what comes after this path and its shared holds; null for all
     */
    static <T> Stream<Map.Entry<String, T>> within(
            NavigableMap<String, T> map, @Nullable FilePath within, @Nullable FilePath after) {
        String first = after == null ? "" : after.value() + '\1';
        NavigableMap<String, T> rest = map.tailMap(first, true);
        if (within == null || within.value().equals("/")) {
            return rest.entrySet().stream();
        }
        String directory = within.plain();
        return Stream.concat(
                range(rest, max(first, directory), directory + '\1'),
                range(rest, max(first, directory + "/"), directory + "0")); // the character after the slash
    }

    private static <T> Stream<Map.Entry<String, T>> at(NavigableMap<String, T> map, String path) {
        return range(map, path, path + '\1');
    }

    private static <T> Stream<Map.Entry<String, T>> range(NavigableMap<String, T> map, String first, String end) {
        return first.compareTo(end) < 0 ? map.subMap(first, true, end, false).entrySet().stream() : Stream.empty();
    }

    private static String max(String one, String other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
