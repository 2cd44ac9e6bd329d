package io.heddle.mount.cubefs.client;

import io.heddle.mount.Secret;
import io.heddle.mount.cubefs.CubeFs;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Removes the credentials of a share from text that a client wrote, in every form: see {@link WrittenSecret}. */
public final class Redactor {

    /** Shows nothing at all: for a client whose credentials we don't know, because a previous run started it. */
    public static final Redactor HIDE_ALL = new Redactor(List.of(), true);

    private static final String HIDDEN = "***";

    /** {@code secretKey: value} and the like, whatever the value: also hides values that are not of this share. */
    private static final Pattern NAMED =
            Pattern.compile("(?i)((?:access|secret)[_-]?key[\"'\\\\]*\\s*[:=(]\\s*[\"'\\\\]*)[^\\s\"',})\\\\]+");

    private final List<String> values;
    private final boolean hideAll;

    private Redactor(List<String> values, boolean hideAll) {
        this.values = values;
        this.hideAll = hideAll;
    }

    public static Redactor of(CubeFs source) {
        List<String> values = Stream.of(source.accessKey(), source.secretKey())
                .filter(Secret::isPresent)
                .map(Secret::reveal)
                .toList();
        return new Redactor(values, false);
    }

    public String redact(String text) {
        if (hideAll) {
            return "";
        }
        WrittenSecret written = new WrittenSecret(text);
        BitSet secret = new BitSet(text.length());
        values.forEach(value -> written.mark(value, secret));
        return NAMED.matcher(hide(text, secret)).replaceAll("$1" + HIDDEN);
    }

    private static String hide(String text, BitSet secret) {
        if (secret.isEmpty()) {
            return text;
        }
        StringBuilder shown = new StringBuilder(text.length());
        int at = 0;
        for (int from = secret.nextSetBit(0); from >= 0; from = secret.nextSetBit(at)) {
            shown.append(text, at, from).append(HIDDEN);
            at = secret.nextClearBit(from);
        }
        return shown.append(text, at, text.length()).toString();
    }
}
