package io.heddle.hold;

/** An agent's name that is empty or not valid Unicode. Nothing was sent to the broker. */
public class InvalidAgentException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    InvalidAgentException(String message) {
        super(message);
    }
}
