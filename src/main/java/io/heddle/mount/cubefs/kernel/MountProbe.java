package io.heddle.mount.cubefs.kernel;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Asks mounts whether they are there: a {@code statfs}, made by a helper process. */
public final class MountProbe {

    /** What a mount said. */
    public enum Answer {
        /** It answered. */
        OK,
        /** It answered with an error: its client lives. */
        ERROR,
        /** Its client is gone. */
        DEAD,
        /** Nothing yet, or the helper was killed. */
        NONE
    }

    private MountProbe() {}

    /** Starts one helper for all of these; it ends with 0 when all of them answered well. */
    public static HelperProcess start(Collection<String> mountPoints) {
        return HelperProcess.start(command(mountPoints));
    }

    public static HelperProcess start(String mountPoint) {
        return start(List.of(mountPoint));
    }

    public static List<String> command(Collection<String> mountPoints) {
        List<String> command = new ArrayList<>(List.of("stat", "-f", "-c", "%t", "--"));
        command.addAll(mountPoints);
        return command;
    }

    /** Reads the result of a helper for a single mount. */
    public static Answer answer(HelperResult result) {
        if (result.isSuccess()) {
            return Answer.OK;
        }
        if (result.isTimeout() || result.isKilled()) {
            return Answer.NONE;
        }
        // ENOTCONN: the client is gone. ECONNABORTED: the connection was aborted, which is as final.
        boolean dead = result.output().contains("Transport endpoint is not connected")
                || result.output().contains("Software caused connection abort");
        return dead ? Answer.DEAD : Answer.ERROR;
    }
}
