package io.heddle.nats;

/** The broker has no JetStream, or this account may not use it: error 10039 or 10076, or nobody answers on its API. */
public class JetStreamUnavailableException extends BrokerException {

    public JetStreamUnavailableException(String message) {
        super(message);
    }

    public JetStreamUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
