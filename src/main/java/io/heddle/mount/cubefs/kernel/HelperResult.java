package io.heddle.mount.cubefs.kernel;

/**
 * The result of a helper process.
 *
 * @param exitCode 127 when there is no such program, 128 and more when a signal ended it, {@link #STILL_RUNNING} when it did
 *     not end in time
 * @param output both its output streams
 */
public record HelperResult(int exitCode, String output) {

    public static final int STILL_RUNNING = -1;
    public static final int NOT_FOUND = 127;

    public boolean isTimeout() {
        return exitCode == STILL_RUNNING;
    }

    public boolean isSuccess() {
        return exitCode == 0;
    }

    public boolean isNotFound() {
        return exitCode == NOT_FOUND;
    }

    public boolean isKilled() {
        return exitCode > 128;
    }
}
