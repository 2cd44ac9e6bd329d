package io.heddle.nats;

/** There is no stream of that name. */
public class StreamNotFoundException extends JetStreamRefusedException {

    public static final int API_ERROR_CODE = 10059;

    public StreamNotFoundException(int code, String description) {
        super(code, API_ERROR_CODE, description);
    }
}
