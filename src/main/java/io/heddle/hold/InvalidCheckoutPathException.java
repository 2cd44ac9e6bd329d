package io.heddle.hold;

/** A checkout path that is too long. Nothing was sent to the broker. */
public class InvalidCheckoutPathException extends HoldException {

    InvalidCheckoutPathException(String message) {
        super(message);
    }
}
