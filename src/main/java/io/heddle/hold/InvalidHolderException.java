package io.heddle.hold;

/** A holder that is empty, too long or not valid Unicode. Nothing was sent to the broker. */
public class InvalidHolderException extends HoldException {

    InvalidHolderException(String message) {
        super(message);
    }
}
