package io.heddle.mount.cubefs.kernel;

import io.heddle.mount.cubefs.CubeFsLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;

/**
 * The kernel's end of a FUSE mount. Aborting it wakes everyone who waits for an answer, also those that SIGKILL does not; see
 * {@code Documentation/filesystems/fuse.rst}, "Aborting a filesystem connection".
 */
public final class FuseConnection {

    private static final Path CONNECTIONS = Path.of("/sys/fs/fuse/connections");
    private static final Duration DEADLINE = Duration.ofSeconds(5);

    private FuseConnection() {}

    /**
     * Aborts the connection of the mount with this minor device number. Mounts fusectl first if it is not mounted, which needs
     * root.
     *
     * @return false when it can't be done here; killing the client has the same effect then
     */
    public static boolean abort(int minor) {
        Path abort = CONNECTIONS.resolve(Integer.toString(minor)).resolve("abort");
        if (!Files.exists(abort)) {
            HelperResult mounted =
                    HelperProcess.run(DEADLINE, List.of("mount", "-t", "fusectl", "fusectl", CONNECTIONS.toString()));
            if (!Files.exists(abort)) {
                CubeFsLog.LOG.cannotAbort(
                        mounted.isSuccess()
                                ? "no connection " + minor
                                : mounted.output().strip());
                return false;
            }
        }
        try {
            Files.write(abort, "1".getBytes(StandardCharsets.US_ASCII), StandardOpenOption.WRITE);
            return true;
        } catch (IOException e) {
            CubeFsLog.LOG.cannotAbort(String.valueOf(e.getMessage()));
            return false;
        }
    }
}
