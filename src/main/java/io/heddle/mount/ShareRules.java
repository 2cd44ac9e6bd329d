package io.heddle.mount;

import io.heddle.mount.ShareRefusedException.Reason;
import io.heddle.text.CleanPath;
import java.util.List;

/**
 * The rules of a share that depend on the machine it is applied on.
 *
 * @param allowedRoots cleaned absolute directories; a mount point must be one of them or below
 * @param defaultOwner the owner of CubeFS volumes whose share names none; empty when there is no default
 * @param maxPayload the largest message that is read, in bytes
 */
public record ShareRules(List<String> allowedRoots, String defaultOwner, int maxPayload) {

    /**
     * Validates and cleans the roots.
     *
     * @throws IllegalArgumentException when an allowed root is not absolute, or the whole file system
     */
    public ShareRules {
        allowedRoots = allowedRoots.stream().map(ShareRules::cleanRoot).toList();
    }

    public static ShareRules of(MountsConfig config) {
        return new ShareRules(
                config.allowedRoots(), config.cubefs().defaultOwner().orElse(""), (int)
                        config.maxPayload().asLongValue());
    }

    /**
     * Checks a share against this machine.
     *
     * @throws ShareRefusedException when its mount point is outside the allowed roots; shares that are left alone may be anywhere
     */
    public void check(ShareMount share) {
        if (!share.mountPoint().isEmpty() && !share.isLeftAlone()) {
            rootOf(share.mountPoint());
        }
    }

    /**
     * Returns the allowed root that a mount point is at or below.
     *
     * @throws ShareRefusedException when there is none
     */
    public String rootOf(String mountPoint) {
        for (String root : allowedRoots) {
            if (CleanPath.isWithin(mountPoint, root)) {
                return root;
            }
        }
        throw new ShareRefusedException(
                Reason.ALLOWED_ROOTS, "mount_point is outside of the allowed roots " + allowedRoots);
    }

    private static String cleanRoot(String root) {
        String cleaned = root.startsWith("/") ? CleanPath.clean(root) : "/";
        if (cleaned.equals("/")) {
            throw new IllegalArgumentException(
                    "heddle.mounts.allowed-roots: '" + root + "' must be an absolute directory below /");
        }
        return cleaned;
    }
}
