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

/**
 * Makes and removes mount points, below the allowed roots only. A root may itself be a symbolic link (the operator's own
 * doing); below it none is followed, because whoever can write there could lead a mount to anywhere.
 */
public final class MountPoints {

    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final int FAILED = 3;
    private static final int LINK = 4;

    /**
     * Walks down from the root, a step at a time, and compares where it is with where it should be: one process, and no
     * gap between looking and stepping. Prints whether it made the last directory, and the real path. What it makes it notes
     * before, for the case that nobody is left to read what it prints.
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
        String root = rootOf(mountPoint);
        List<String> command = new ArrayList<>(List.of("sh", "-c", WALK, "heddle-mount-place", root, note.toString()));
        for (String part :
                mountPoint.substring(root.equals("/") ? 0 : root.length()).split("/", -1)) {
            if (!part.isEmpty()) {
                command.add(part);
            }
        }
        HelperResult result = helpers.run(mountPoint, DEADLINE, command);
        if (result.exitCode() == LINK) {
            throw new ShareRefusedException(
                    Reason.MOUNT_POINT, "mount_point: " + result.output() + " is a symbolic link");
        }
        int line = result.output().indexOf('\n');
        if (!result.isSuccess() || line < 0) {
            String what = result.exitCode() == FAILED ? "cannot be made" : "cannot be prepared";
            throw new HelperFailedException("the mount point " + mountPoint + " " + what, result);
        }
        boolean made = result.output().substring(0, line).equals("made");
        return new MountPoint(result.output().substring(line + 1), made && !mountPoint.equals(root));
    }

    /** Removes the directory if it is empty; what a user has put there stays, and so does the directory. */
    public void remove(String path) {
        HelperResult result = helpers.run(path, DEADLINE, List.of("rmdir", "--", path));
        if (!result.isSuccess()) {
            CubeFsLog.LOG.notTidied(path, result.output().strip());
        }
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
