package io.heddle.mount.node;

import io.heddle.mount.ShareMount;
import io.heddle.text.CleanPath;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The mount points that each share claims: the one it desires and those that it may still occupy. No two shares claim the same
 * mount point or nested ones; the first claim wins until it is released. Not thread-safe: guarded by the reconciler.
 */
final class MountClaims {

    private final Map<String, Set<String>> claims = new LinkedHashMap<>();

    /**
     * Claims a mount point for a share, in addition to those that it has already.
     *
     * @return null when granted; otherwise the id of the share that claims this mount point or one above or below it
     */
    @Nullable
    String claim(String id, String mountPoint) {
        for (Map.Entry<String, Set<String>> other : claims.entrySet()) {
            if (!other.getKey().equals(id)
                    && other.getValue().stream().anyMatch(claimed -> overlaps(claimed, mountPoint))) {
                return other.getKey();
            }
        }
        claims.computeIfAbsent(id, key -> new LinkedHashSet<>()).add(mountPoint);
        return null;
    }

    /** Releases every mount point of a share but one; true when any was released. */
    boolean keepOnly(String id, String mountPoint) {
        Set<String> claimed = claims.get(id);
        return claimed != null && claimed.retainAll(Set.of(mountPoint));
    }

    /** Releases every mount point of a share; true when there was one. */
    boolean release(String id) {
        return claims.remove(id) != null;
    }

    /** Whether a share claims something besides its desired mount point that overlaps the place. */
    boolean blocks(String id, String desired, String place) {
        return claims.getOrDefault(id, Set.of()).stream()
                .anyMatch(claimed -> !claimed.equals(desired) && overlaps(claimed, place));
    }

    /** The same unmount, without its mount point when another share claims that: it must not be touched. */
    ShareMount withoutForeignPlace(ShareMount unmount) {
        boolean foreign = claims.entrySet().stream()
                .anyMatch(other ->
                        !other.getKey().equals(unmount.id()) && other.getValue().contains(unmount.mountPoint()));
        return foreign ? ShareMount.unmount(unmount.id(), "") : unmount;
    }

    private static boolean overlaps(String one, String other) {
        return CleanPath.isWithin(one, other) || CleanPath.isWithin(other, one);
    }
}
