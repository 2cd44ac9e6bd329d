package io.heddle.hold.lease;

import static io.heddle.hold.bucket.HoldLog.LOG;

import io.heddle.hold.FilePath;
import io.heddle.hold.bucket.HoldEntry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The leases and waiting calls of this process, by file. Thread-safe. */
public final class FileWatchers {

    private final Map<FilePath, List<Watcher>> watchers = new ConcurrentHashMap<>();

    /** Called under the index's lock: must not block. */
    interface Watcher {

        /** The watch delivered an entry of the file. Entries, unlike events, show every change that frees a file. */
        void changed(HoldEntry newest);

        /**
         * The file may have changed without an entry: its hold has expired, or the watch had a gap or reads another bucket now.
         *
         * @param known the newest known entry; null when there is none to rely on
         */
        void recheck(@Nullable HoldEntry known);
    }

    /** Adds a watcher; the result removes it. */
    Runnable add(FilePath file, Watcher watcher) {
        watchers.compute(file, (same, list) -> {
            List<Watcher> all = list == null ? new CopyOnWriteArrayList<>() : list;
            all.add(watcher);
            return all;
        });
        return () -> watchers.computeIfPresent(file, (same, list) -> {
            list.remove(watcher);
            return list.isEmpty() ? null : list;
        });
    }

    public void changed(FilePath file, HoldEntry newest) {
        notify(file, watcher -> watcher.changed(newest));
    }

    public void recheck(FilePath file, @Nullable HoldEntry known) {
        notify(file, watcher -> watcher.recheck(known));
    }

    public void recheckAll(Function<FilePath, @Nullable HoldEntry> known) {
        watchers.keySet().forEach(file -> recheck(file, known.apply(file)));
    }

    private void notify(FilePath file, Consumer<Watcher> notification) {
        for (Watcher watcher : watchers.getOrDefault(file, List.of())) {
            try {
                notification.accept(watcher);
            } catch (RuntimeException | Error e) {
                LOG.listenerFailed(e);
            }
        }
    }
}
