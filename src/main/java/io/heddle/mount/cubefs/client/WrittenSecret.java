package io.heddle.mount.cubefs.client;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Finds a secret in what a client wrote, in any form that it may have there: plain, in JSON (where each character may be escaped
 * in two ways, and in JSON inside of JSON with more backslashes), quoted by Go, or in a URL. One character after the other is
 * looked for at the ends of all that was found before it, so that the time is that of the text's length times the secret's: a
 * regular expression for the same takes exponentially long for a row of backslashes, and a frame of the stack for each
 * character.
 */
public final class WrittenSecret {

    /** Shorter beginnings of a secret at the end of a text tell nothing. */
    private static final int SHORTEST_BEGINNING = 3;

    private static final int MOST_BACKSLASHES_FOR_ONE = 8;
    private static final int NONE = -1;
    /** Four bytes in a URL, or two halves of a pair in JSON; and some backslashes more. */
    private static final int LONGEST_ESCAPE = 24;
    /** Nothing, or the beginning of one character's form; one that is cut within its bytes is read as U+FFFD. */
    private static final Pattern CUT_ESCAPE = Pattern.compile(
            "(?:%[0-9A-Fa-f]{2}){0,3}(?:%[0-9A-Fa-f]?)?|(?:\\\\+u[0-9A-Fa-f]{4})?\\\\+(?:[uUx][0-9A-Fa-f]*)?|[\\ufffd\\ud800-\\udbff]");

    private final String text;
    /** For each place in a row of backslashes, where the row ends. */
    private final int[] rowEnds;

    public WrittenSecret(String text) {
        this.text = text;
        this.rowEnds = new int[text.length() + 1];
        rowEnds[text.length()] = text.length();
        for (int i = text.length() - 1; i >= 0; i--) {
            rowEnds[i] = text.charAt(i) == '\\' ? rowEnds[i + 1] : i;
        }
    }

    /**
     * Marks the characters that are part of the secret; also of its beginning at the end of the text, because a client that is
     * killed while it writes leaves half a secret at the end of its output.
     */
    public void mark(String secret, BitSet marked) {
        Matches matches = Matches.everywhere(text.length());
        Matches longer = new Matches(text.length());
        int read = 0;
        for (int c : secret.codePoints().toArray()) {
            longer.clear();
            for (int at = matches.next(0); at != NONE; at = matches.next(at + 1)) {
                follow(at, c, matches.beginning(at), longer);
            }
            Matches shorter = matches;
            matches = longer;
            longer = shorter;
            if (++read >= SHORTEST_BEGINNING) {
                markBeginning(matches, marked);
            }
        }
        for (int end = matches.next(0); end != NONE; end = matches.next(end + 1)) {
            marked.set(matches.beginning(end), end);
        }
    }

    private void markBeginning(Matches matches, BitSet marked) {
        int from = Math.max(0, text.length() - LONGEST_ESCAPE);
        for (int end = matches.next(from); end != NONE; end = matches.next(end + 1)) {
            if (CUT_ESCAPE.matcher(text).region(end, text.length()).matches()) {
                marked.set(matches.beginning(end), text.length());
            }
        }
    }

    /** Adds where the character's forms end that begin here. */
    private void follow(int at, int c, int beginning, Matches longer) {
        if (at == text.length()) {
            return;
        }
        if (text.codePointAt(at) == c) {
            longer.add(at + Character.charCount(c), beginning);
        }
        if (text.charAt(at) == '\\') {
            int escape = rowEnds[at];
            for (int more = 2; c == '\\' && more <= MOST_BACKSLASHES_FOR_ONE && at + more <= escape; more *= 2) {
                longer.add(at + more, beginning);
            }
            if (escape < text.length() && isShortEscape(text.charAt(escape), c)) {
                longer.add(escape + 1, beginning);
            }
            longer.add(afterNumber(escape, c), beginning);
        } else if (text.charAt(at) == '%') {
            longer.add(afterPercents(at, Character.toString(c).getBytes(StandardCharsets.UTF_8)), beginning);
            if (c < 0x100) {
                longer.add(afterPercents(at, new byte[] {(byte) c}), beginning);
            }
        }
    }

    private int afterNumber(int escape, int c) {
        char[] units = Character.toChars(c);
        if (units.length == 2 && isNumber(escape, 'u', 4, units[0]) && escape + 5 < text.length()) {
            int second = rowEnds[escape + 5];
            return second > escape + 5 && isNumber(second, 'u', 4, units[1]) ? second + 5 : NONE;
        }
        if (isNumber(escape, 'u', 4, c)) {
            return escape + 5;
        }
        if (isNumber(escape, 'U', 8, c)) {
            return escape + 9;
        }
        return isNumber(escape, 'x', 2, c) ? escape + 3 : NONE;
    }

    private boolean isNumber(int at, char kind, int digits, int c) {
        int end = at + 1 + digits;
        return end <= text.length() && text.charAt(at) == kind && isHex(at + 1, end) && hex(at + 1, end) == c;
    }

    private int afterPercents(int at, byte[] bytes) {
        int i = at;
        for (byte b : bytes) {
            boolean same = i + 3 <= text.length()
                    && text.charAt(i) == '%'
                    && isHex(i + 1, i + 3)
                    && hex(i + 1, i + 3) == (b & 0xFF);
            if (!same) {
                return NONE;
            }
            i += 3;
        }
        return i;
    }

    private boolean isHex(int from, int to) {
        for (int i = from; i < to; i++) {
            if (!HexFormat.isHexDigit(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private int hex(int from, int to) {
        return (int) HexFormat.fromHexDigitsToLong(text, from, to);
    }

    private static boolean isShortEscape(char name, int c) {
        return switch (c) {
            case '"', '\\', '/', '\'' -> name == c;
            case 0x07 -> name == 'a';
            case '\b' -> name == 'b';
            case '\t' -> name == 't';
            case '\n' -> name == 'n';
            case 0x0B -> name == 'v';
            case '\f' -> name == 'f';
            case '\r' -> name == 'r';
            default -> false;
        };
    }

    /** The places where what was read of the secret ends, and for each where the first of those began. */
    private static final class Matches {

        private final BitSet ends;
        private final int[] beginnings;

        Matches(int length) {
            ends = new BitSet(length + 1);
            beginnings = new int[length + 1];
        }

        /** Nothing is read yet: that ends anywhere. */
        static Matches everywhere(int length) {
            Matches matches = new Matches(length);
            matches.ends.set(0, length + 1);
            Arrays.setAll(matches.beginnings, at -> at);
            return matches;
        }

        void clear() {
            ends.clear();
        }

        void add(int end, int beginning) {
            if (end != NONE && (!ends.get(end) || beginnings[end] > beginning)) {
                ends.set(end);
                beginnings[end] = beginning;
            }
        }

        int next(int from) {
            return ends.nextSetBit(from);
        }

        int beginning(int end) {
            return beginnings[end];
        }
    }
}
