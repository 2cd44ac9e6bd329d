package io.heddle.hold.event;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Items by due time, in slots of one millisecond. An item is in one slot at most. Moving an item to a later time costs nothing:
 * it stays in its slot, falls due early, and its owner, who knows the exact time, adds it again. A hold that is renewed ten times
 * so touches the wheel twice. Not thread-safe; has no clock of its own.
 */
public final class ExpiryWheel<T> {

    private final TreeMap<Long, List<T>> slots = new TreeMap<>();
    private final Map<T, Long> slotOf = new HashMap<>();

    /** Makes the item fall due at that time or before. */
    public void add(T item, Instant due) {
        long slot = slotFor(due);
        Long last = slotOf.get(item);
        if (last != null && last <= slot) {
            return;
        }
        if (last != null) {
            remove(item, last);
        }
        slotOf.put(item, slot);
        slots.computeIfAbsent(slot, at -> new ArrayList<>(1)).add(item);
    }

    /** Removes and returns the items that are due. */
    public List<T> due(Instant now) {
        List<T> due = new ArrayList<>();
        Map<Long, List<T>> past = slots.headMap(now.toEpochMilli(), true);
        past.values().forEach(due::addAll);
        past.clear();
        due.forEach(slotOf::remove);
        return due;
    }

    /** The next due time; null when there is no item. */
    public @Nullable Instant next() {
        return slots.isEmpty() ? null : Instant.ofEpochMilli(slots.firstKey());
    }

    public void clear() {
        slots.clear();
        slotOf.clear();
    }

    private void remove(T item, long slot) {
        List<T> items = slots.get(slot);
        if (items != null && items.remove(item) && items.isEmpty()) {
            slots.remove(slot);
        }
    }

    /** Rounds up, so that no item falls due before its time. */
    private static long slotFor(Instant due) {
        return due.equals(Instant.MAX) ? Long.MAX_VALUE : due.plusNanos(999_999).toEpochMilli();
    }
}
