package io.heddle.mount.cubefs.kernel;

import io.heddle.mount.cubefs.CubeFsLog;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which processes use files of a mount, to name them when an unmount is refused. Reads the links in {@code /proc}
 * only: their text comes from the kernel's memory, the file system itself is not asked.
 */
public final class OpenFiles {

    private static final Path PROC = Path.of("/proc");

    private OpenFiles() {}

    /** {@code name (pid)} of each process with a file, a working directory or a mapping there. */
    public static List<String> usersOf(String mountPoint) {
        List<String> users = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                if (uses(process, mountPoint)) {
                    users.add(nameOf(process) + " (" + process.getFileName() + ")");
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            CubeFsLog.LOG.notCleanedUp(PROC.toString(), String.valueOf(e.getMessage()));
        }
        return users;
    }

    private static boolean uses(Path process, String mountPoint) {
        return leadsTo(process.resolve("cwd"), mountPoint)
                || leadsTo(process.resolve("root"), mountPoint)
                || anyLeadsTo(process.resolve("fd"), mountPoint)
                || anyLeadsTo(process.resolve("map_files"), mountPoint);
    }

    private static boolean anyLeadsTo(Path links, String mountPoint) {
        try (DirectoryStream<Path> each = Files.newDirectoryStream(links)) {
            for (Path link : each) {
                if (leadsTo(link, mountPoint)) {
                    return true;
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // It ended meanwhile, or is not ours to look into.
            return false;
        }
        return false;
    }

    private static boolean leadsTo(Path link, String mountPoint) {
        try {
            String target = Files.readSymbolicLink(link).toString();
            return target.equals(mountPoint) || target.startsWith(mountPoint + "/");
        } catch (IOException e) {
            return false;
        }
    }

    private static String nameOf(Path process) {
        try {
            return Files.readString(process.resolve("comm")).strip();
        } catch (IOException e) {
            return "?";
        }
    }
}
