package io.heddle.mount.cubefs.kernel;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Takes mounts out of the mount table, with whichever tool is there. */
public final class Unmounter {

    /** What came of it. */
    public enum Outcome {
        DONE,
        /** Files are open, or something is mounted below. */
        BUSY,
        /** The tool did not return by its deadline. */
        HUNG,
        FAILED
    }

    /**
     * The outcome of an unmount.
     *
     * @param message what the tool said; empty when done
     */
    public record Result(Outcome outcome, String message) {}

    private final List<String> tools;

    public Unmounter() {
        this(List.of("fusermount3", "fusermount", "umount"));
    }

    /**
     * Creates an unmounter that uses these programs.
     *
     * @param tools names or paths, the preferred one first; those that are not there are skipped
     */
    public Unmounter(List<String> tools) {
        this.tools = tools;
    }

    /** A plain unmount: refused while files are open. */
    public Result plain(String mountPoint, Duration deadline) {
        return first(mountPoint, deadline, List.of("-u"), List.of());
    }

    /** A lazy unmount: gone from the table at once, from the kernel when the last file is closed. */
    public Result lazy(String mountPoint, Duration deadline) {
        return first(mountPoint, deadline, List.of("-u", "-z"), List.of("-l"));
    }

    private Result first(String mountPoint, Duration deadline, List<String> fusermount, List<String> umount) {
        Result last = new Result(Outcome.FAILED, "none of " + tools + " is installed");
        for (String tool : tools) {
            List<String> command = new ArrayList<>(List.of(tool));
            command.addAll(tool.contains("fusermount") ? fusermount : umount);
            command.add("--");
            command.add(mountPoint);
            HelperResult result = HelperProcess.run(deadline, command);
            if (result.isNotFound()) {
                continue;
            }
            last = read(result);
            if (last.outcome() != Outcome.FAILED) {
                return last;
            }
        }
        return last;
    }

    private static Result read(HelperResult result) {
        if (result.isSuccess()) {
            return new Result(Outcome.DONE, "");
        }
        if (result.isTimeout()) {
            return new Result(Outcome.HUNG, result.output());
        }
        boolean busy = result.output().contains("busy");
        return new Result(busy ? Outcome.BUSY : Outcome.FAILED, result.output().strip());
    }
}
