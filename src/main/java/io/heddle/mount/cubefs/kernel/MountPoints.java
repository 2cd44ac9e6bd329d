package io.heddle.mount.cubefs.kernel;

import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.mount.cubefs.CubeFsLog;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Makes and removes mount points, below the allowed roots only. A root may itself be a symbolic link (the operator's own
 * doing); below it none is followed, because whoever can write there could lead a mount to anywhere.
 */
public final class MountPoints {

    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final int FAILED = 3;
    private static final int LINK = 4;
    private static final int NOT_ATTACHED = 5;

    /**
     * Walks down from the root step by step, and compares the working directory with the expected one: one process, and no
     * window between check and step. Prints whether it made the last directory, and the real path. It notes a
     * directory before it makes it, in case the service dies before it has read the output.
     */
    private static final String WALK = """
            root=$1; note=$2; shift 2; made=kept
            [ -d "$root" ] || { mkdir -p -- "$root" && made=made; } || exit 3
            cd -P -- "$root" || exit 3
            umask 077
            for part in "$@"; do
              want=${PWD%/}/$part; made=kept
              [ -L "./$part" ] && { printf %s "$want"; exit 4; }
              [ -d "./$part" ] || { printf %s "$want" >"$note" && mkdir -m 0755 -- "./$part" && made=made; } || exit 3
              cd -P -- "./$part" || exit 3
              [ "$PWD" = "$want" ] || { printf %s "$want"; exit 4; }
            done
            printf '%s\\n%s' "$made" "$PWD"
            """;

    /**
     * Binds the mount at {@code $0} to the directory that was walked to, as the working directory of this process and not by its path,
     * and removes it from {@code $0}.
     */
    private static final String ATTACH = WALK + """
            mount --no-canonicalize --bind -- "$0" . || exit 5
            exec umount --no-canonicalize --internal-only --lazy -- "$0"
            """;

    /** Removes the directory {@code $0} in the one that was walked to; without a note no directory is made on the way. */
    private static final String REMOVE = WALK + """
            exec rmdir -- "./$0"
            """;

    private final PathHelpers helpers = new PathHelpers();
    private final List<String> roots;

    public MountPoints(List<String> allowedRoots) {
        roots = allowedRoots.stream()
                .map(root -> Path.of(root).toAbsolutePath().normalize().toString())
                .sorted(Comparator.comparing(String::length).reversed())
                .toList();
    }

    /**
     * Makes the directory when it is not there.
     *
     * @param note where the path is written before it is made; for the caller to delete, once what is returned is recorded
     * @throws ShareRefusedException when it is not within an allowed root, or a symbolic link is on the way
     * @throws HelperFailedException when it could not be made, or does not answer
     */
    public MountPoint prepare(String mountPoint, Path note) {
        requireEncodable(mountPoint);
        return walk(mountPoint, WALK, "heddle-mount-place", note);
    }

    /**
     * Moves a mount from a private directory to a mount point. A part of the path that another process has replaced meanwhile is
     * detected, and nothing is mounted elsewhere.
     *
     * @throws ShareRefusedException when a symbolic link is on the way
     * @throws HelperFailedException when it failed; the mount may still be at the private directory
     */
    public void attach(Path stage, String mountPoint) {
        walk(mountPoint, ATTACH, stage.toString(), Path.of("/dev/null"));
    }

    private MountPoint walk(String mountPoint, String script, String name, Path note) {
        String root = rootOf(mountPoint);
        String below = mountPoint.substring(root.equals("/") ? 0 : root.length());
        HelperResult result = run(mountPoint, script, name, root, below, note);
        if (result.exitCode() == LINK) {
            throw new ShareRefusedException(
                    Reason.MOUNT_POINT, "mount_point: " + result.output() + " is a symbolic link");
        }
        int line = result.output().indexOf('\n');
        if (!result.isSuccess() || line < 0) {
            String what =
                    switch (result.exitCode()) {
                        case FAILED -> "cannot be made";
                        case NOT_ATTACHED -> "cannot be mounted on";
                        default -> "cannot be prepared";
                    };
            throw new HelperFailedException("the mount point " + mountPoint + " " + what, result);
        }
        boolean made = result.output().substring(0, line).equals("made");
        return new MountPoint(result.output().substring(line + 1), made && !mountPoint.equals(root));
    }

    /**
     * Removes the directory if it is empty: what a user has put there stays, and so does the directory. No part of the path is followed
     * if another process has replaced it by a symbolic link.
     *
     * @param path a real path
     */
    public void remove(String path) {
        int name = path.lastIndexOf('/') + 1;
        HelperResult result = run(path, REMOVE, path.substring(name), "/", path.substring(0, name), Path.of(""));
        if (!result.isSuccess()) {
            CubeFsLog.LOG.notCleanedUp(path, result.output().strip());
        }
    }

    /** Runs a script that walks from the root to a path below it. */
    private HelperResult run(String mountPoint, String script, String name, String root, String below, Path note) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, name, root, note.toString()));
        Stream.of(below.split("/", -1)).filter(part -> !part.isEmpty()).forEach(command::add);
        return helpers.run(mountPoint, DEADLINE, command);
    }

    private String rootOf(String mountPoint) {
        return roots.stream()
                .filter(root -> root.equals("/") || mountPoint.equals(root) || mountPoint.startsWith(root + "/"))
                .findFirst()
                .orElseThrow(() -> new ShareRefusedException(
                        Reason.ALLOWED_ROOTS, "mount_point " + mountPoint + " is not within an allowed root"));
    }

    /** Java hands arguments to processes in the platform's encoding and turns what does not fit into question marks. */
    private static void requireEncodable(String mountPoint) {
        String platform = System.getProperty("sun.jnu.encoding", "UTF-8");
        if (!Charset.forName(platform).newEncoder().canEncode(mountPoint)
                || !Charset.defaultCharset().newEncoder().canEncode(mountPoint)) {
            throw new ShareRefusedException(
                    Reason.MOUNT_POINT,
                    "mount_point has characters outside of " + platform + "; run the service with LC_ALL=C.UTF-8");
        }
    }
}
