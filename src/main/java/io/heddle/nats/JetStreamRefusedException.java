package io.heddle.nats;

/** JetStream answered a request with an error. The kinds that callers tell apart have a class of their own below this one. */
public class JetStreamRefusedException extends BrokerException {

    private final int code;
    private final int apiErrorCode;

    public JetStreamRefusedException(int code, int apiErrorCode, String description) {
        super(description + " [" + apiErrorCode + "]");
        this.code = code;
        this.apiErrorCode = apiErrorCode;
    }

    /** The class of the error, as in HTTP: 400, 404, 500, 503. */
    public int code() {
        return code;
    }

    /** The exact error, from the server's {@code errors.json}; 10071 for a wrong last sequence, for example. */
    public int apiErrorCode() {
        return apiErrorCode;
    }
}
