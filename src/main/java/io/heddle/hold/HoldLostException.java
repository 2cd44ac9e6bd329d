package io.heddle.hold;

/** The hold with this token is not, or no longer, in force: it ended, or was released, transferred or replaced. */
public class HoldLostException extends HoldException {

    private final FilePath file;
    private final long token;

    public HoldLostException(FilePath file, long token, String why) {
        super("the hold on " + file + " with token " + token + " is not in force: " + why);
        this.file = file;
        this.token = token;
    }

    public FilePath file() {
        return file;
    }

    /** Returns the token that is no longer valid. */
    public long token() {
        return token;
    }
}
