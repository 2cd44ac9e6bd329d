package io.heddle.hold;

/** A reason that is too long, not valid Unicode, or has a control character. Nothing was sent to the broker. */
public class InvalidReasonException extends HoldException {

    InvalidReasonException(String message) {
        super(message);
    }
}
