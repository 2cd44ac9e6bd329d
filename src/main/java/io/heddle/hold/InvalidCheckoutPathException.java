package io.heddle.hold;

/** A checkout path that is too long. Nothing was sent to the broker. */
public class InvalidCheckoutPathException extends HoldException {

    private static final long serialVersionUID = 1L;

    InvalidCheckoutPathException(String message) {
        super(message);
    }
}
