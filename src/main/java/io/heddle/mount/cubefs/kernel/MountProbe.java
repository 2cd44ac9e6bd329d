package io.heddle.mount.cubefs.kernel;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;

/** A question to mounts, asked by a helper process. */
public enum MountProbe {
    /** A {@code statfs}, which a client answers by itself. */
    STATFS,
    /** A lookup of a random missing name, which needs the client's backend: "no such file" is a healthy answer. */
    LOOKUP;

    /** What a mount answered. */
    public enum Answer {
        /** It answered. */
        OK,
        /** It answered with an error: its client lives. */
        ERROR,
        /** Its client is gone. */
        DEAD,
        /** No answer yet, or the helper was killed. */
        NONE
    }

    /** Starts one helper for all of these. */
    public HelperProcess start(Collection<String> mountPoints) {
        return HelperProcess.start(command(mountPoints));
    }

    public HelperProcess start(String mountPoint) {
        return start(List.of(mountPoint));
    }

    public List<String> command(Collection<String> mountPoints) {
        List<String> command = new ArrayList<>();
        if (this == STATFS) {
            command.addAll(List.of("stat", "-f", "-c", "%t", "--"));
            command.addAll(mountPoints);
        } else {
            byte[] random = new byte[8];
            new SecureRandom().nextBytes(random); // not a constant: a native image would keep its seed
            String missing = "/.heddle-probe-" + HexFormat.of().formatHex(random);
            command.addAll(List.of("stat", "-c", "%i", "--"));
            mountPoints.forEach(mountPoint -> command.add(mountPoint + missing));
        }
        return command;
    }

    /** Returns what the mounts of one helper answered: the worst of it. */
    public Answer answer(HelperResult result) {
        if (result.isSuccess()) {
            return Answer.OK;
        }
        if (result.isTimeout() || result.isKilled()) {
            return Answer.NONE;
        }
        // ENOTCONN: the client is gone. ECONNABORTED: the connection was aborted, which is as final.
        if (result.output().contains("Transport endpoint is not connected")
                || result.output().contains("Software caused connection abort")) {
            return Answer.DEAD;
        }
        boolean healthy = this == LOOKUP
                && !result.isNotFound()
                && result.output()
                        .lines()
                        .allMatch(line ->
                                line.endsWith("No such file or directory") || line.endsWith("Permission denied"));
        return healthy ? Answer.OK : Answer.ERROR;
    }
}
