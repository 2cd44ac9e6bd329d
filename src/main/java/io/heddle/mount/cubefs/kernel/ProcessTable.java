package io.heddle.mount.cubefs.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** What {@code /proc} knows about processes that are not our children. See proc_pid_stat(5). */
public final class ProcessTable {

    /** The variable in the environment of a client that contains its run directory. */
    public static final String RUN_DIRECTORY = "HEDDLE_RUN_DIRECTORY";

    private static final Path PROC = Path.of("/proc");
    /** Fields of the stat line after the command's closing parenthesis: the state first, the start time twentieth. */
    private static final int STATE = 0;

    private static final int START_TIME = 19;

    private ProcessTable() {}

    /** Changes with every boot of the machine. */
    public static String bootId() {
        try {
            return Files.readString(PROC.resolve("sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the boot id", e);
        }
    }

    /** When the process was started, in clock ticks since boot; empty when it is not there or only a zombie. */
    public static OptionalLong startTicks(long pid) {
        try {
            String stat = new String(
                    Files.readAllBytes(PROC.resolve(Long.toString(pid)).resolve("stat")), StandardCharsets.ISO_8859_1);
            // The command is in parentheses and may itself hold blanks and parentheses.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return fields[STATE].equals("Z") || fields[STATE].equals("X")
                    ? OptionalLong.empty()
                    : OptionalLong.of(Long.parseLong(fields[START_TIME]));
        } catch (IOException e) {
            // No such process, or it ended while it was read.
            return OptionalLong.empty();
        }
    }

    /**
     * Returns the clients that were started for a run directory, by a mark in their environment, which no other program has, and by
     * {@code -f -c} and a configuration file with this prefix, which no helper of a client has.
     */
    public static List<Long> clientsOf(String runDirectory, String configPrefix) {
        List<Long> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                List<String> arguments = strings(process.resolve("cmdline"));
                int last = arguments.size() - 1;
                if (last >= 3
                        && arguments.subList(last - 2, last).equals(List.of("-f", "-c"))
                        && arguments.get(last).startsWith(configPrefix)
                        && strings(process.resolve("environ")).contains(RUN_DIRECTORY + "=" + runDirectory)) {
                    found.add(Long.parseLong(process.getFileName().toString()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the processes", e);
        }
        return found;
    }

    /** Reads strings that end with a NUL each. */
    private static List<String> strings(Path file) {
        try {
            String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
            return List.of(text.split("\0"));
        } catch (IOException e) {
            // It ended meanwhile.
            return List.of();
        }
    }
}
