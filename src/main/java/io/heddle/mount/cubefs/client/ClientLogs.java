package io.heddle.mount.cubefs.client;

import io.heddle.mount.cubefs.CubeFsLog;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Bounds and measures the logs of the clients. The client itself rotates a log at 200 MiB or later and deletes rotated logs only when
 * the disk is nearly full; it has no option for that. Thread-safe: one check at a time, the size is readable at any time.
 */
public final class ClientLogs {

    private static final String ROTATED = ".old";

    /** Rotated logs first, the oldest of them first; then the largest. */
    private static final Comparator<Log> LEAST_USEFUL_FIRST = Comparator.comparing((Log log) -> !log.isRotated())
            .thenComparing(log -> log.isRotated() ? log.modified() : -log.size());

    private final Path stateDirectory;
    private final long limit;
    private volatile long size;

    /** @param limit the most bytes that the logs of one client may occupy after a check */
    public ClientLogs(Path stateDirectory, long limit) {
        this.stateDirectory = stateDirectory;
        this.limit = limit;
    }

    /** Returns how many bytes the logs of all clients occupied after the latest check. */
    public long size() {
        return size;
    }

    /** Brings the logs of each client below the limit. Blocks. */
    public void check() {
        long sum = 0;
        for (RunDirectory directory : RunDirectory.all(stateDirectory)) {
            sum += bound(logs(directory));
        }
        size = sum;
    }

    private long bound(List<Log> logs) {
        long left = logs.stream().mapToLong(Log::size).sum();
        for (Log log : logs.stream().sorted(LEAST_USEFUL_FIRST).toList()) {
            if (left <= limit) {
                break;
            }
            try {
                log.discard();
                left -= log.size();
            } catch (IOException e) {
                CubeFsLog.LOG.notCleanedUp(log.file().toString(), String.valueOf(e.getMessage()));
            }
        }
        return left;
    }

    private static List<Log> logs(RunDirectory directory) {
        List<Log> logs = new ArrayList<>();
        SimpleFileVisitor<Path> collector = new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()) {
                    logs.add(new Log(
                            file,
                            attributes.size(),
                            attributes.lastModifiedTime().toMillis()));
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE; // rotated or deleted meanwhile
            }
        };
        try {
            Files.walkFileTree(directory.output(), collector);
            Files.walkFileTree(directory.logDirectory(), collector);
        } catch (IOException e) {
            CubeFsLog.LOG.notCleanedUp(directory.toString(), String.valueOf(e.getMessage()));
        }
        return logs;
    }

    private record Log(Path file, long size, long modified) {

        boolean isRotated() {
            return file.toString().endsWith(ROTATED);
        }

        /** Empties a log that is in use: the client appends (O_APPEND), so it continues at the new end. */
        void discard() throws IOException {
            if (isRotated()) {
                Files.deleteIfExists(file);
            } else {
                Files.newByteChannel(
                                file,
                                StandardOpenOption.WRITE,
                                StandardOpenOption.TRUNCATE_EXISTING,
                                LinkOption.NOFOLLOW_LINKS)
                        .close();
            }
        }
    }
}
