package io.heddle.stream.request;

import io.heddle.nats.JetStreamRefusedException;

/** There is a stream of that name already, with another configuration. */
public class StreamNameInUseException extends JetStreamRefusedException {

    static final int API_ERROR_CODE = 10058;

    public StreamNameInUseException(int code, String description) {
        super(code, API_ERROR_CODE, description);
    }
}
