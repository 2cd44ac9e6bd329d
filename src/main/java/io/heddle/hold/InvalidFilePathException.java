package io.heddle.hold;

import java.util.regex.Pattern;

/** A path that cannot be held. Nothing was sent to the broker. */
public class InvalidFilePathException extends HoldException {

    private static final int SHOWN = 200;
    /** Control characters and halves of surrogate pairs. */
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cs}]");

    public InvalidFilePathException(String path, String why) {
        super(message(path, why));
    }

    public InvalidFilePathException(String path, String why, Throwable cause) {
        super(message(path, why), cause);
    }

    private static String message(String path, String why) {
        String shown = path.length() > SHOWN ? path.substring(0, SHOWN) + "..." : path;
        return "'" + UNPRINTABLE.matcher(shown).replaceAll("?") + "' " + why;
    }
}
