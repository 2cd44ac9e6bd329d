package io.heddle.hold.bucket;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldName;
import io.heddle.hold.bucket.HoldEntry.Held;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The holds that the bucket has, in the order of their names: all that are stored, those of them that have not ended, and those of
 * each holder that have not ended. One thread writes, any thread reads.
 */
final class LiveHolds {

    private final NavigableMap<String, Held> stored = new ConcurrentSkipListMap<>();
    private final NavigableMap<String, Held> live = new ConcurrentSkipListMap<>();
    private final Map<String, NavigableMap<String, Held>> liveByHolder = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicInteger wide = new AtomicInteger();

    /** Returns how many holds have not ended. */
    int size() {
        return size.get();
    }

    void put(Held held) {
        String key = store(held);
        String holder = held.hold().holder();
        Held last = live.put(key, held);
        if (last == null) {
            size.incrementAndGet();
        } else if (!last.hold().holder().equals(holder)) {
            removeFromHolder(key, last.hold().holder());
        }
        liveByHolder
                .computeIfAbsent(holder, same -> new ConcurrentSkipListMap<>())
                .put(key, held);
    }

    /** The hold has ended, but its entry is still stored. */
    void end(Held held) {
        removeLive(store(held));
    }

    void remove(HoldName name) {
        String key = name.text();
        if (stored.remove(key) != null && name.isWide()) {
            wide.decrementAndGet();
        }
        removeLive(key);
    }

    void clear() {
        stored.clear();
        live.clear();
        liveByHolder.clear();
        size.set(0);
        wide.set(0);
    }

    /** Returns the holds of a holder, or all, by their names; none that has ended. */
    NavigableMap<String, Held> of(@Nullable String holder) {
        return holder == null ? live : liveByHolder.getOrDefault(holder, Collections.emptyNavigableMap());
    }

    /**
     * Returns the stored holds that overlap with a path, also those that have ended: a decision that began before their end still
     * counts with them. The exclusive hold of exactly a file may be left out.
     */
    Stream<Held> overlapping(FilePath path) {
        return path.isDirectory() || wide.get() > 0
                ? PathOrder.overlapping(stored, path).map(Map.Entry::getValue)
                : Stream.empty();
    }

    private String store(Held held) {
        HoldName name = held.name();
        String key = name.text();
        if (stored.put(key, held) == null && name.isWide()) {
            wide.incrementAndGet();
        }
        return key;
    }

    private void removeLive(String key) {
        Held last = live.remove(key);
        if (last != null) {
            size.decrementAndGet();
            removeFromHolder(key, last.hold().holder());
        }
    }

    private void removeFromHolder(String key, String holder) {
        liveByHolder.computeIfPresent(holder, (same, holds) -> {
            holds.remove(key);
            return holds.isEmpty() ? null : holds;
        });
    }
}
