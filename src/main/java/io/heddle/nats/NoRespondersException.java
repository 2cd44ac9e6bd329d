package io.heddle.nats;

/** Nobody listens on the subject of a request: the broker said so at once, nothing happened. */
public class NoRespondersException extends BrokerException {

    private static final long serialVersionUID = 1L;

    public NoRespondersException(String subject) {
        super("nobody listens on " + subject);
    }
}
