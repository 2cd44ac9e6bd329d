package io.heddle.hold;

/** The file is held by another agent, seen at the stream's leader. It may be asked for again when that hold has ended. */
public class HeldByAnotherException extends HoldException {

    private static final long serialVersionUID = 1L;

    private final transient Hold hold;

    public HeldByAnotherException(Hold hold) {
        super(hold.file() + " is held by " + hold.holder() + " until " + hold.endsAt());
        this.hold = hold;
    }

    /** The hold that is in the way; {@link Hold#endsAt()} says until when, unless it is renewed or released before. */
    public Hold hold() {
        return hold;
    }
}
