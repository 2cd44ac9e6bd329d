package io.heddle.mount.cubefs;

/**
 * What a helper process had to say.
 *
 * @param exitCode 127 when there is no such program, 128 and more when a signal ended it, {@link #STILL_RUNNING} when it did
 *     not end in time
 * @param output both its output streams
 */
record HelperResult(int exitCode, String output) {

    static final int STILL_RUNNING = -1;
    static final int NOT_FOUND = 127;

    boolean isTimeout() {
        return exitCode == STILL_RUNNING;
    }

    boolean isSuccess() {
        return exitCode == 0;
    }

    boolean isNotFound() {
        return exitCode == NOT_FOUND;
    }

    boolean isKilled() {
        return exitCode > 128;
    }
}
