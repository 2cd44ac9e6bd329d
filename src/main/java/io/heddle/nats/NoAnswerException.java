package io.heddle.nats;

/**
 * A request was sent and no answer came in time. <b>Whether it was carried out is unknown</b>, and it may still be carried out
 * later.
 */
public class NoAnswerException extends BrokerException {

    public NoAnswerException(String subject, Throwable cause) {
        super("no answer in time on " + subject, cause);
    }
}
