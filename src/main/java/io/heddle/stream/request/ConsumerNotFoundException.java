package io.heddle.stream.request;

import io.heddle.nats.JetStreamRefusedException;

/** There is no consumer of that name. */
public class ConsumerNotFoundException extends JetStreamRefusedException {

    static final int API_ERROR_CODE = 10014;

    public ConsumerNotFoundException(int code, String description) {
        super(code, API_ERROR_CODE, description);
    }
}
