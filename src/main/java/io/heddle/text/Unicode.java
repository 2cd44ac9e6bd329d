package io.heddle.text;

/** What can be written as UTF-8 and read back. */
public final class Unicode {

    private Unicode() {}

    /** Whether it has no lone surrogate: Java would write a question mark for it, and two texts would become one. */
    public static boolean isWellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean alone = Character.isHighSurrogate(c)
                    ? i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1))
                    : Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
            if (alone) {
                return false;
            }
        }
        return true;
    }
}
