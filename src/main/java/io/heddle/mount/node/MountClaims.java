package io.heddle.mount.node;

import io.heddle.mount.ShareMount;
import io.heddle.text.CleanPath;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The mount points that each share claims: the one it desires and those that it may still occupy. No two shares claim the same
 * mount point or nested ones; the first claim wins until it is released. Every question costs the depth of a path, however many
 * shares there are. Not thread-safe: guarded by the reconciler.
 */
final class MountClaims {

    private final NavigableMap<String, String> ids = new TreeMap<>();
    private final Map<String, Set<String>> claims = new HashMap<>();
    /** Which shares desire a mount point, and which one each desires. */
    private final NavigableMap<String, Set<String>> desiring = new TreeMap<>();

    private final Map<String, String> desired = new HashMap<>();

    /** Notes which mount point a share desires; null for none. */
    void desire(String id, @Nullable String mountPoint) {
        String before = mountPoint == null ? desired.remove(id) : desired.put(id, mountPoint);
        if (before != null) {
            desiring.computeIfPresent(before, (place, by) -> by.remove(id) && by.isEmpty() ? null : by);
        }
        if (mountPoint != null) {
            desiring.computeIfAbsent(mountPoint, place -> new HashSet<>()).add(id);
        }
    }

    /** Whether a share claims a mount point that it does not desire but another one does. */
    boolean blocksAnother(String id) {
        return claims.getOrDefault(id, Set.of()).stream()
                .filter(place -> !place.equals(desired.get(id)))
                .flatMap(place -> Stream.concat(above(desiring, place), below(desiring, place)))
                .flatMap(Set::stream)
                .anyMatch(other -> !other.equals(id));
    }

    /**
     * Claims a mount point for a share, in addition to those that it has already.
     *
     * @return null when granted; otherwise the id of the share that claims this mount point or one above or below it
     */
    @Nullable
    String claim(String id, String mountPoint) {
        String other = Stream.concat(above(ids, mountPoint), below(ids, mountPoint))
                .filter(holder -> !holder.equals(id))
                .findFirst()
                .orElse(null);
        if (other == null) {
            ids.put(mountPoint, id);
            claims.computeIfAbsent(id, key -> new HashSet<>()).add(mountPoint);
        }
        return other;
    }

    /** What is known of this mount point and of those above it. */
    private static <T> Stream<T> above(NavigableMap<String, T> places, String mountPoint) {
        return Stream.iterate(mountPoint, path -> !path.isEmpty(), path -> path.substring(0, path.lastIndexOf('/')))
                .map(places::get)
                .filter(Objects::nonNull);
    }

    private static <T> Stream<T> below(NavigableMap<String, T> places, String mountPoint) {
        return places.subMap(mountPoint + "/", mountPoint + "0").values().stream(); // '0' follows '/'
    }

    /** Releases every mount point of a share but one; true when any was released. */
    boolean keepOnly(String id, String mountPoint) {
        Set<String> claimed = claims.getOrDefault(id, new HashSet<>());
        ids.keySet()
                .removeAll(claimed.stream()
                        .filter(place -> !place.equals(mountPoint))
                        .toList());
        return claimed.retainAll(Set.of(mountPoint));
    }

    /** Releases every mount point of a share; true when there was one. */
    boolean release(String id) {
        Set<String> claimed = claims.remove(id);
        return claimed != null && ids.keySet().removeAll(claimed);
    }

    /** Whether a share claims something besides its desired mount point that overlaps the place. */
    boolean blocks(String id, String place) {
        return claims.getOrDefault(id, Set.of()).stream()
                .anyMatch(claimed -> !claimed.equals(desired.get(id)) && overlaps(claimed, place));
    }

    /** The same unmount, without its mount point when another share claims that: it must not be touched. */
    ShareMount withoutForeignPlace(ShareMount unmount) {
        String holder = ids.get(unmount.mountPoint());
        boolean foreign = holder != null && !holder.equals(unmount.id());
        return foreign ? ShareMount.unmount(unmount.id(), "") : unmount;
    }

    private static boolean overlaps(String one, String other) {
        return CleanPath.isWithin(one, other) || CleanPath.isWithin(other, one);
    }
}
