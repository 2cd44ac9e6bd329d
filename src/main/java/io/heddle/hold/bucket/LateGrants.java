package io.heddle.hold.bucket;

import static io.heddle.hold.bucket.HoldLog.LOG;

import io.heddle.hold.HoldName;
import io.heddle.hold.bucket.HoldEntry.Held;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes that no caller relies on although they may be stored. Should such a grant appear, it is rolled back; a renewal is too,
 * unless it took place while the hold was still in force, where it gives its holder nothing new. Thread-safe.
 */
final class LateGrants {

    /** How long a write is followed up: the connection that carried it is long closed by then. */
    private static final Duration FOLLOW_UP = Duration.ofMinutes(15);

    private final Map<HoldName, List<Late>> open = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();
    private final LongSupplier ticks;
    private final BiConsumer<HoldName, Held> rollBack;

    private record Late(HoldBucket.Write write, long since) {}

    /**
     * @param ticks a monotonic clock in nanoseconds
     * @param rollBack deletes exactly this entry; must not block
     */
    LateGrants(LongSupplier ticks, BiConsumer<HoldName, Held> rollBack) {
        this.ticks = ticks;
        this.rollBack = rollBack;
    }

    /** Returns how many writes are followed up. */
    int size() {
        return size.get();
    }

    /** @param newest returns the file's newest known entry: the write may have been seen already */
    void follow(HoldName name, HoldBucket.Write write, Supplier<@Nullable HoldEntry> newest) {
        if (write.value() == null) {
            return;
        }
        open.compute(name, (same, others) -> {
            List<Late> all = others == null ? new ArrayList<>(1) : others;
            all.add(new Late(write, ticks.getAsLong()));
            return all;
        });
        size.incrementAndGet();
        HoldEntry entry = newest.get();
        if (entry != null) {
            seen(name, entry);
        }
    }

    /** Must be called with every entry that the watch delivers. */
    void seen(HoldName name, HoldEntry entry) {
        if (open.isEmpty()) {
            return;
        }
        // A write over an older revision than this entry's has taken place now, or never will.
        for (Late settled : remove(name, late -> entry.revision() > late.write().expected())) {
            HoldBucket.Write write = settled.write();
            if (entry instanceof Held held
                    && write.isAt(entry)
                    && (write.heldUntil() == null || !held.stored().isBefore(write.heldUntil()))) {
                LOG.lateGrant(name.file());
                rollBack.accept(name, held);
            }
        }
    }

    /** Forgets the writes that have not appeared for a long time, and returns how many they were. */
    int dropOld() {
        long now = ticks.getAsLong();
        return open.keySet().stream()
                .mapToInt(name -> remove(name, late -> now - late.since() > FOLLOW_UP.toNanos())
                        .size())
                .sum();
    }

    private List<Late> remove(HoldName name, Predicate<Late> which) {
        List<Late> removed = new ArrayList<>();
        open.computeIfPresent(name, (same, writes) -> {
            writes.removeIf(late -> which.test(late) && removed.add(late));
            return writes.isEmpty() ? null : writes;
        });
        size.addAndGet(-removed.size());
        return removed;
    }
}
