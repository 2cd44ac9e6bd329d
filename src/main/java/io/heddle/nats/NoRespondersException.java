package io.heddle.nats;

/** No one subscribes to the subject of a request: the broker reported it at once, and nothing happened. */
public class NoRespondersException extends BrokerException {

    private static final long serialVersionUID = 1L;

    public NoRespondersException(String subject) {
        super("no responders on " + subject);
    }
}
