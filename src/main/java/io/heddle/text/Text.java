package io.heddle.text;

import org.jspecify.annotations.Nullable;

/** Checks of text from outside: each looks at every character once. */
public final class Text {

    private Text() {}

    /** For people: what it must not have, as the end of a sentence that begins with its name; null when nothing is wrong. */
    public static @Nullable String flaw(String text) {
        if (isPlain(text)) {
            return null;
        }
        return hasControl(text) ? "has a control character" : isUnicode(text) ? null : "is not valid Unicode";
    }

    /** Whether it is printable ASCII, as most are: then neither of the next two has anything to find. */
    public static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~') {
                return false;
            }
        }
        return true;
    }

    /** Whether it has a control character: they let a path pretend to be another one, or another line, in a log. */
    public static boolean hasControl(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    /** Whether it has no half of a surrogate pair: Java writes a question mark for one, and two texts would be the same. */
    public static boolean isUnicode(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                if (!Character.isHighSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    /** The text with every control, format and surrogate character as {@code ?}, for logs and error messages. */
    public static String printable(String text) {
        return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\u2028\\u2029]", "?");
    }

    /** The text with every character that is not printable ASCII as {@code ?}, for headers. */
    public static String ascii(String text) {
        return text.replaceAll("[^ -~]", "?");
    }
}
