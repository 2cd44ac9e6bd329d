package io.heddle.nats;

/** No one subscribes to the subject of a request: the broker reported it at once, and nothing happened. */
public class NoRespondersException extends BrokerException {

    public NoRespondersException(String subject) {
        super("no responders on " + subject);
    }
}
