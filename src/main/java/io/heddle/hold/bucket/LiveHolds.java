package io.heddle.hold.bucket;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.bucket.HoldEntry.Held;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The holds that have not ended, in the order of their files: all, and of each holder. One thread writes, any thread reads. */
final class LiveHolds {

    private final NavigableMap<String, Held> all = new ConcurrentSkipListMap<>();
    private final Map<String, NavigableMap<String, Held>> byHolder = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();

    /** Returns how many files are held. */
    int size() {
        return size.get();
    }

    void put(Held held) {
        Hold hold = held.hold();
        String path = hold.file().value();
        Held last = all.put(path, held);
        if (last == null) {
            size.incrementAndGet();
        } else if (!last.hold().holder().equals(hold.holder())) {
            removeFromHolder(path, last.hold().holder());
        }
        byHolder.computeIfAbsent(hold.holder(), holder -> new ConcurrentSkipListMap<>())
                .put(path, held);
    }

    void remove(FilePath file) {
        Held last = all.remove(file.value());
        if (last != null) {
            size.decrementAndGet();
            removeFromHolder(file.value(), last.hold().holder());
        }
    }

    void clear() {
        all.clear();
        byHolder.clear();
        size.set(0);
    }

    /** Returns the holds of a holder, or all, by their paths. */
    NavigableMap<String, Held> of(@Nullable String holder) {
        return holder == null ? all : byHolder.getOrDefault(holder, Collections.emptyNavigableMap());
    }

    private void removeFromHolder(String path, String holder) {
        byHolder.computeIfPresent(holder, (same, holds) -> {
            holds.remove(path);
            return holds.isEmpty() ? null : holds;
        });
    }

    /**
     * Returns a part of a map by paths, in order; costs what is read of it.
     *
     * @param within only this file and the files below it; null for all
     * @param after only the files after this one; null for all
     */
    static <T> Stream<Map.Entry<String, T>> range(
            NavigableMap<String, T> map, @Nullable FilePath within, @Nullable FilePath after) {
        String last = after == null ? "" : after.value();
        if (within == null || within.value().equals("/")) {
            return map.tailMap(last, false).entrySet().stream();
        }
        String directory = within.value();
        String first = directory + "/";
        String end = directory + "0"; // the character after the slash
        boolean inside = last.compareTo(first) >= 0;
        T itself = last.compareTo(directory) < 0 ? map.get(directory) : null;
        Stream<Map.Entry<String, T>> below = last.compareTo(end) < 0
                ? map.subMap(inside ? last : first, !inside, end, false).entrySet().stream()
                : Stream.empty();
        return itself == null ? below : Stream.concat(Stream.of(Map.entry(directory, itself)), below);
    }
}
