package io.heddle.stream.kv;

import io.heddle.nats.JetStreamRefusedException;

/** A compare-and-set named a revision that is not the key's latest: nothing was written. Error 10071 or 10164. */
public class WrongRevisionException extends JetStreamRefusedException {

    static final int WRONG_LAST_SEQUENCE = 10071;
    static final int WRONG_LAST_SEQUENCE_CONSTANT = 10164;

    public WrongRevisionException(int code, int apiErrorCode, String description) {
        super(code, apiErrorCode, description);
    }
}
