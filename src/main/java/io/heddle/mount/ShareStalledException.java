package io.heddle.mount;

/**
 * The mount that is wanted is there and its client lives, but it does not answer. It was left alone and is watched from now on:
 * {@link ShareSignal.Recovered} or {@link ShareSignal.Lost} follows.
 */
public class ShareStalledException extends ShareException {

    public ShareStalledException(String message) {
        super(message);
    }
}
