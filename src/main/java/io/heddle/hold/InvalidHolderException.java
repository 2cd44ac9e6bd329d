package io.heddle.hold;

/** An agent's name that is empty or not valid Unicode. Nothing was sent to the broker. */
public class InvalidHolderException extends HoldException {

    private static final long serialVersionUID = 1L;

    InvalidHolderException(String message) {
        super(message);
    }
}
