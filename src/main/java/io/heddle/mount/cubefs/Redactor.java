package io.heddle.mount.cubefs;

import io.heddle.mount.CubeFs;
import io.heddle.mount.Secret;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Takes a share's credentials out of text that a client wrote. A client shows them in its own way: plain, in JSON (where each
 * character may be escaped in two ways), quoted by Go, or in a URL; so each character is looked for in all its forms.
 */
final class Redactor {

    /** Shows nothing at all: for a client whose credentials we don't know, because an earlier life started it. */
    static final Redactor HIDE_ALL = new Redactor(List.of(), true);

    private static final String HIDDEN = "***";
    /** Shorter beginnings of a credential at the end of a text tell nothing. */
    private static final int SHORTEST_BEGINNING = 3;

    /** {@code secretKey: value} and its kind, whatever the value; a second fence, for values that are not ours. */
    private static final Pattern NAMED =
            Pattern.compile("(?i)((?:access|secret)[_-]?key[\"'\\\\]*\\s*[:=(]\\s*[\"'\\\\]*)[^\\s\"',})\\\\]+");

    private final List<String> values;
    private final boolean hideAll;

    private Redactor(List<String> values, boolean hideAll) {
        this.values = values;
        this.hideAll = hideAll;
    }

    static Redactor of(CubeFs source) {
        List<String> values = Stream.of(source.accessKey(), source.secretKey())
                .filter(Secret::isPresent)
                .map(Secret::reveal)
                // The longer first: one may contain the other.
                .sorted(Comparator.comparing(String::length).reversed())
                .toList();
        return new Redactor(values, false);
    }

    String redact(String text) {
        if (hideAll) {
            return "";
        }
        String shown = text;
        for (String value : values) {
            // Compiled when a client has failed, not while one starts: this takes milliseconds.
            shown = pattern(value).matcher(shown).replaceAll(HIDDEN);
        }
        shown = NAMED.matcher(shown).replaceAll("$1" + HIDDEN);
        for (String value : values) {
            shown = withoutBeginningAtEnd(shown, value);
        }
        return shown;
    }

    /** A client that is killed while it writes leaves half a credential as its last words. */
    private static String withoutBeginningAtEnd(String text, String value) {
        for (int length = value.length() - 1; length >= SHORTEST_BEGINNING; length--) {
            if (text.endsWith(value.substring(0, length))) {
                return text.substring(0, text.length() - length) + HIDDEN;
            }
        }
        return text;
    }

    private static Pattern pattern(String value) {
        StringBuilder pattern = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            List<String> forms = new ArrayList<>();
            forms.add(Pattern.quote(String.valueOf(c)));
            // One backslash or more: JSON inside of JSON doubles them.
            forms.add(String.format(Locale.ROOT, "\\\\+u(?i:%04x)", (int) c));
            if (c < 0x100) {
                forms.add(String.format(Locale.ROOT, "\\\\+x(?i:%02x)", (int) c));
                forms.add(String.format(Locale.ROOT, "%%(?i:%02x)", (int) c));
            }
            String name = shortEscape(c);
            if (!name.isEmpty()) {
                forms.add("\\\\+" + Pattern.quote(name));
            }
            pattern.append("(?:").append(String.join("|", forms)).append(')');
        }
        return Pattern.compile(pattern.toString());
    }

    private static String shortEscape(char c) {
        return switch (c) {
            case '"', '\\', '/', '\'' -> String.valueOf(c);
            case '\b' -> "b";
            case '\f' -> "f";
            case '\n' -> "n";
            case '\r' -> "r";
            case '\t' -> "t";
            default -> "";
        };
    }
}
