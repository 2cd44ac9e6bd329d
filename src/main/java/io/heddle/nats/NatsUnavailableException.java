package io.heddle.nats;

/** The broker cannot be reached at the moment. Connecting goes on by itself; the call may be made again later. */
public class NatsUnavailableException extends BrokerException {

    public NatsUnavailableException(String message) {
        super(message);
    }

    public NatsUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
