package io.heddle.hold;

import java.time.Duration;

/** A time to live that is zero, negative or over the bucket's maximum. Nothing was sent to the broker. */
public class InvalidTtlException extends HoldException {

    private final Duration maximum;

    InvalidTtlException(Duration ttl, Duration maximum) {
        super("a hold's ttl must be over 0 and at most " + maximum + ", not " + ttl);
        this.maximum = maximum;
    }

    /** Returns the current maximum. */
    public Duration maximum() {
        return maximum;
    }
}
