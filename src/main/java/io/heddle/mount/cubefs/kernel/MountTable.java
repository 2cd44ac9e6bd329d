package io.heddle.mount.cubefs.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The kernel's mount table at one moment. Reading it touches no file system, so it never hangs on a dead mount.
 *
 * @param mounts in the kernel's order
 */
public record MountTable(List<MountInfo> mounts) {

    private static final Path SOURCE = Path.of("/proc/self/mountinfo");

    public static MountTable read() {
        try {
            return parse(new String(Files.readAllBytes(SOURCE), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the mount table", e);
        }
    }

    public static MountTable parse(String text) {
        // Not at a carriage return: the kernel writes that one as it is.
        return new MountTable(Arrays.stream(text.split("\n", -1))
                .filter(line -> !line.isEmpty())
                .map(MountInfo::parse)
                .toList());
    }

    /** All mounts on exactly this path: more than one when they are stacked. */
    public List<MountInfo> at(String mountPoint) {
        return mounts.stream()
                .filter(mount -> mount.mountPoint().equals(mountPoint))
                .toList();
    }

    /** The mount that a path at {@code mountPoint} leads to: the uppermost when several are stacked there. */
    public Optional<MountInfo> top(String mountPoint) {
        List<MountInfo> here = at(mountPoint);
        return here.stream()
                .filter(mount -> here.stream().noneMatch(other -> other.parent() == mount.id()))
                .reduce((earlier, later) -> later);
    }
}
