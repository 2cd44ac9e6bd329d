package io.heddle.hold;

import java.time.Duration;

/** The file did not become free within the timeout. */
public class AwaitTimeoutException extends HoldException {

    public AwaitTimeoutException(FilePath file, Duration timeout) {
        super(file + " did not become free within " + timeout);
    }
}
