package io.heddle.mount.node;

import io.heddle.mount.ShareMount;
import io.heddle.text.CleanPath;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which share holds which mount point, so that no two are mounted on each other. The first one to claim a place has it until
 * it gives it back. Not thread-safe: guarded by the reconciler.
 */
final class MountClaims {

    private final Map<String, Set<String>> claims = new LinkedHashMap<>();

    /**
     * Claims a place for a share, beside those that it holds already.
     *
     * @return null when it is granted; otherwise the id of the share that holds this place or one above or below it
     */
    @Nullable
    String claim(String id, String mountPoint) {
        for (Map.Entry<String, Set<String>> other : claims.entrySet()) {
            if (!other.getKey().equals(id) && other.getValue().stream().anyMatch(held -> overlaps(held, mountPoint))) {
                return other.getKey();
            }
        }
        claims.computeIfAbsent(id, key -> new LinkedHashSet<>()).add(mountPoint);
        return null;
    }

    /** Gives back every place of a share but one; true when that freed any. */
    boolean keepOnly(String id, String mountPoint) {
        Set<String> held = claims.get(id);
        return held != null && held.retainAll(Set.of(mountPoint));
    }

    /** Gives back every place of a share; true when it held any. */
    boolean release(String id) {
        return claims.remove(id) != null;
    }

    /** The same unmount, but without a mount point that another share holds: that one is not to be touched. */
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
