package io.heddle.mount;

/** The forms of fields of a share. Written without regular expressions: every message to every VM is checked. */
public final class ShareText {

    /** The form of a share id and of a volume name: both name directories. */
    public static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,127}";

    private static final int LONGEST_NAME = 128;
    private static final int LONGEST_PORT = 5;
    private static final int HIGHEST_PORT = 65_535;

    private ShareText() {}

    /** Whether a text has the form {@link #NAME}. */
    public static boolean isName(String text) {
        return text.length() <= LONGEST_NAME && isHost(text, text.length());
    }

    /** Whether a text is {@code host:port}: a host's name, an IPv4 address, or an IPv6 address in brackets. */
    public static boolean isHostAndPort(String text) {
        int colon = text.lastIndexOf(':');
        return colon > 0
                && isPort(text, colon + 1)
                && (text.charAt(0) == '[' ? isBracketed(text, colon) : isHost(text, colon));
    }

    private static boolean isPort(String text, int from) {
        int length = text.length() - from;
        if (length < 1 || length > LONGEST_PORT) {
            return false;
        }
        int port = 0;
        for (int i = from; i < text.length(); i++) {
            if (!isDigit(text.charAt(i))) {
                return false;
            }
            port = port * 10 + (text.charAt(i) - '0');
        }
        return port <= HIGHEST_PORT;
    }

    private static boolean isHost(String text, int end) {
        if (end == 0 || !isLetterOrDigit(text.charAt(0))) {
            return false;
        }
        for (int i = 1; i < end; i++) {
            char c = text.charAt(i);
            if (!isLetterOrDigit(c) && c != '.' && c != '_' && c != '-') {
                return false;
            }
        }
        return true;
    }

    private static boolean isBracketed(String text, int end) {
        if (end < 3 || text.charAt(end - 1) != ']') {
            return false;
        }
        for (int i = 1; i < end - 1; i++) {
            char c = text.charAt(i);
            if (!isDigit(c) && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F') && c != ':' && c != '.') {
                return false;
            }
        }
        return true;
    }

    private static boolean isLetterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
