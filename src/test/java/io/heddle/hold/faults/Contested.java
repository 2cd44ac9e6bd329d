package io.heddle.hold.faults;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;

/**
 * What a racer races for: a file, a directory (with a slash at the end), or a shared hold of either (with {@code shared:} before
 * it).
 *
 * @param agent who races: a reader is another holder than its process's agent, which may want the same path for itself
 */
record Contested(FilePath file, boolean shared, String agent) {

    private static final String SHARED = "shared:";
    private static final String TREE = "/race/d/";
    private static final String SEPARATOR = "|";

    static Contested of(String text, String agent) {
        boolean shared = text.startsWith(SHARED);
        return new Contested(path(text), shared, shared ? agent + "-reader" : agent);
    }

    /** How long to rest after each turn, so that those who want more, or all, of the tree get their turn. */
    int restMillis() {
        return !file.value().startsWith(TREE) || file.value().equals(TREE) ? 0 : shared ? 1_500 : 500;
    }

    /** What a history calls the hold: its path, and the holder of a shared one. */
    String name(String holder) {
        return shared ? file + SEPARATOR + holder : file.toString();
    }

    static String name(Hold hold) {
        return new Contested(hold.file(), hold.shared(), hold.holder()).name(hold.holder());
    }

    /** Whether a history's name is of what this text says. */
    static boolean isNameOf(String name, String text) {
        return text.startsWith(SHARED)
                ? name.startsWith(path(text) + SEPARATOR)
                : name.equals(path(text).toString());
    }

    /** Whether the holds of two names of a history cannot be in force at once, unless they are one holder's. */
    static boolean conflict(String one, String other) {
        return !(one.contains(SEPARATOR) && other.contains(SEPARATOR)) && overlap(one, other);
    }

    /** Whether the paths of two different names of a history overlap. */
    static boolean overlap(String one, String other) {
        return !one.equals(other) && ofName(one).overlaps(ofName(other));
    }

    private static FilePath ofName(String name) {
        int separator = name.indexOf(SEPARATOR);
        return FilePath.parse(separator < 0 ? name : name.substring(0, separator));
    }

    private static FilePath path(String text) {
        return FilePath.parse(text.startsWith(SHARED) ? text.substring(SHARED.length()) : text);
    }
}
