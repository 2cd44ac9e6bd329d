package io.heddle.hold;

/** The file is held by another holder, as read from the stream's leader. The call may be repeated when that hold has ended. */
public class HeldByAnotherException extends HoldException {

    private final transient Hold hold;

    public HeldByAnotherException(Hold hold) {
        super(hold.file() + " is held by " + hold.holder() + " until " + hold.endsAt());
        this.hold = hold;
    }

    /** Returns the other hold; it ends at {@link Hold#endsAt()} unless it is renewed or released before. */
    public Hold hold() {
        return hold;
    }
}
