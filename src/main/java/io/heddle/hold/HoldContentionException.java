package io.heddle.hold;

/** Others wrote the file's entry between every read and write of ours, as often as the call may try. Nothing was written. */
public class HoldContentionException extends HoldException {

    private static final long serialVersionUID = 1L;

    public HoldContentionException(FilePath file, int attempts) {
        super("the entry of " + file + " changed under each of " + attempts + " attempts");
    }
}
