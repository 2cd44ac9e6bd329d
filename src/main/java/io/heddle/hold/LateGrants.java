package io.heddle.hold;

import static io.heddle.hold.HoldLog.LOG;

import io.heddle.hold.HoldEntry.Held;
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

    private final Map<FilePath, HoldBucket.Write> open = new ConcurrentHashMap<>();
    private final BiConsumer<FilePath, Held> takeBack;

    /** @param takeBack deletes exactly this entry; must not block */
    LateGrants(BiConsumer<FilePath, Held> takeBack) {
        this.takeBack = takeBack;
    }

    /** @param newest gives the file's newest known entry: the write may have been seen before it was given up */
    void gaveUp(FilePath file, HoldBucket.Write write, Supplier<@Nullable HoldEntry> newest) {
        LOG.outcomeUnknown(file);
        if (write.value() != null && open.size() < MOST) {
            open.put(file, write);
            HoldEntry entry = newest.get();
            if (entry != null) {
                seen(file, entry);
            }
        }
    }

    /** To be called with every entry that the watch brings. */
    void seen(FilePath file, HoldEntry entry) {
        HoldBucket.Write write = open.get(file);
        if (write == null || write.value() == null || entry.revision() <= write.expected()) {
            return;
        }
        // Whatever came over the revision that the write expected: it has taken place now, or never will.
        if (open.remove(file, write)
                && entry instanceof Held held
                && write.isAt(entry)
                && (write.heldUntil() == null || !held.stored().isBefore(write.heldUntil()))) {
            LOG.lateGrant(file);
            takeBack.accept(file, held);
        }
    }
}
