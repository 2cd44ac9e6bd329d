package io.heddle.hold;

/** {@link Holds#close()} was called before the call was made, or while it was under way. */
public class HoldsClosedException extends HoldException {

    public HoldsClosedException() {
        super("holds are closed");
    }
}
