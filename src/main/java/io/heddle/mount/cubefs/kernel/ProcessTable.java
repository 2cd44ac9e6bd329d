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

    /** Returns the processes whose command line ends with {@code -f -c} and a configuration file that begins with this prefix. */
    public static List<Long> clientsOf(String prefix) {
        List<Long> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                List<String> arguments = arguments(process);
                int last = arguments.size() - 1; // arguments end with a NUL each: the last element is empty
                if (last >= 4
                        && arguments.subList(last - 3, last - 1).equals(List.of("-f", "-c"))
                        && arguments.get(last - 1).startsWith(prefix)) {
                    found.add(Long.parseLong(process.getFileName().toString()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the processes", e);
        }
        return found;
    }

    private static List<String> arguments(Path process) {
        try {
            String line = new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8);
            return List.of(line.split("\0", -1));
        } catch (IOException e) {
            // It ended meanwhile.
            return List.of();
        }
    }
}
