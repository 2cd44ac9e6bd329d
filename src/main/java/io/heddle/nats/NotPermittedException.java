package io.heddle.nats;

/** The broker refused a message or a subscription because this user has no permission for its subject: nothing happened. */
public class NotPermittedException extends BrokerException {

    private final String subject;

    public NotPermittedException(String subject) {
        super("not permitted on subject " + subject + "; grant this user the permission at the broker");
        this.subject = subject;
    }

    public String subject() {
        return subject;
    }
}
