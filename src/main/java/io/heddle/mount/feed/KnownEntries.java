package io.heddle.mount.feed;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What the bucket has, as far as it is known; complete only while it is watched. Thread-safe. */
final class KnownEntries {

    private final Map<String, Known> entries = new ConcurrentHashMap<>();

    /**
     * The latest entry of a key.
     *
     * @param position null for the marker of a deletion, and for an entry of another program
     * @param expires whether the broker removes it
     */
    record Known(@Nullable Position position, long revision, boolean expires) {

        boolean covers(Position other) {
            return position != null && !other.isAfter(position);
        }
    }

    @Nullable
    Known get(String key) {
        return entries.get(key);
    }

    boolean has(String key) {
        return entries.containsKey(key);
    }

    void add(String key, Known entry) {
        entries.merge(key, entry, (was, now) -> now.revision() > was.revision() ? now : was);
    }

    void remove(String key, Known outdated) {
        entries.remove(key, outdated);
    }

    void removeExpired(Instant storedBefore) {
        entries.values()
                .removeIf(entry -> entry.expires()
                        && entry.position() != null
                        && entry.position().time().isBefore(storedBefore));
    }

    void clear() {
        entries.clear();
    }
}
