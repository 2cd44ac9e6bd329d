package io.heddle.hold;

/** Other clients changed the file's entry between each read and write of the call, until its timeout. Nothing was written. */
public class HoldContentionException extends HoldException {

    public HoldContentionException(FilePath file, int attempts) {
        super("the entry of " + file + " changed under each of " + attempts + " attempts");
    }
}
