package io.heddle.hold.bucket;

import static io.heddle.hold.bucket.HoldLog.LOG;

import io.heddle.hold.FilePath;
import io.heddle.hold.bucket.HoldEntry.Held;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes whose outcome was told to be unknown. Should such a grant appear, it is taken back; a renewal is too, unless it took
 * place while the hold was still in force, where it gives its holder nothing that it had not. Thread-safe.
 */
final class LateGrants {

    private static final int MOST = 10_000;

    private final Map<FilePath, List<HoldBucket.Write>> open = new ConcurrentHashMap<>();
    private final BiConsumer<FilePath, Held> takeBack;

    /** @param takeBack deletes exactly this entry; must not block */
    LateGrants(BiConsumer<FilePath, Held> takeBack) {
        this.takeBack = takeBack;
    }

    /** @param newest gives the file's newest known entry: the write may have been seen before it was given up */
    void gaveUp(FilePath file, HoldBucket.Write write, Supplier<@Nullable HoldEntry> newest) {
        LOG.outcomeUnknown(file);
        if (write.value() != null && open.size() < MOST) {
            open.compute(file, (same, others) -> with(others, write));
            HoldEntry entry = newest.get();
            if (entry != null) {
                seen(file, entry);
            }
        }
    }

    /** To be called with every entry that the watch brings. */
    void seen(FilePath file, HoldEntry entry) {
        if (open.isEmpty()) {
            return; // as nearly always; what is added from now on is looked for by whoever adds it
        }
        List<HoldBucket.Write> settled = new ArrayList<>();
        open.computeIfPresent(file, (same, writes) -> {
            List<HoldBucket.Write> left = new ArrayList<>();
            // Whatever came over the revision that a write expected: it has taken place now, or never will.
            writes.forEach(write -> (entry.revision() > write.expected() ? settled : left).add(write));
            return left.isEmpty() ? null : left;
        });
        for (HoldBucket.Write write : settled) {
            if (entry instanceof Held held
                    && write.isAt(entry)
                    && (write.heldUntil() == null || !held.stored().isBefore(write.heldUntil()))) {
                LOG.lateGrant(file);
                takeBack.accept(file, held);
            }
        }
    }

    private static List<HoldBucket.Write> with(@Nullable List<HoldBucket.Write> others, HoldBucket.Write write) {
        List<HoldBucket.Write> all = others == null ? new ArrayList<>() : new ArrayList<>(others);
        all.add(write);
        return all;
    }
}
