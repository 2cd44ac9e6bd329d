package io.heddle.hold.event;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Things that fall due, in slots of a millisecond; only slots that hold something exist. A thing is in one slot at most. Moving
 * it to a later time costs nothing: it stays where it is, falls due early, and its owner, who knows the true time, adds it
 * again. So a hold that is renewed ten times touches the wheel twice. Not thread-safe; it has no clock of its own.
 */
public final class ExpiryWheel<T> {

    private final TreeMap<Long, List<T>> slots = new TreeMap<>();
    private final Map<T, Long> slotOf = new HashMap<>();

    /** Has the thing fall due at that time or before. */
    public void add(T thing, Instant due) {
        long slot = slotFor(due);
        Long last = slotOf.get(thing);
        if (last != null && last <= slot) {
            return;
        }
        if (last != null) {
            remove(thing, last);
        }
        slotOf.put(thing, slot);
        slots.computeIfAbsent(slot, at -> new ArrayList<>(1)).add(thing);
    }

    /** Takes out what is due. */
    public List<T> due(Instant now) {
        List<T> due = new ArrayList<>();
        Map<Long, List<T>> past = slots.headMap(now.toEpochMilli(), true);
        past.values().forEach(due::addAll);
        past.clear();
        due.forEach(slotOf::remove);
        return due;
    }

    /** When to look again; null when nothing is waiting. */
    public @Nullable Instant next() {
        return slots.isEmpty() ? null : Instant.ofEpochMilli(slots.firstKey());
    }

    public void clear() {
        slots.clear();
        slotOf.clear();
    }

    private void remove(T thing, long slot) {
        List<T> things = slots.get(slot);
        if (things != null && things.remove(thing) && things.isEmpty()) {
            slots.remove(slot);
        }
    }

    /** Rounded up, so that nothing falls due before its time. */
    private static long slotFor(Instant due) {
        return due.equals(Instant.MAX) ? Long.MAX_VALUE : due.plusNanos(999_999).toEpochMilli();
    }
}
