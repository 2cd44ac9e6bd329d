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

    private final Map<FilePath, List<Consumer<HoldEntry>>> watchers = new ConcurrentHashMap<>();

    /** Adds a watcher; the result removes it. */
    Runnable add(FilePath file, Consumer<HoldEntry> watcher) {
        watchers.compute(file, (same, list) -> {
            List<Consumer<HoldEntry>> all = list == null ? new CopyOnWriteArrayList<>() : list;
            all.add(watcher);
            return all;
        });
        return () -> watchers.computeIfPresent(file, (same, list) -> {
            list.remove(watcher);
            return list.isEmpty() ? null : list;
        });
    }

    /** Notifies the watchers of a file of its newest entry: entries, unlike events, show every change that frees a file. */
    public void changed(FilePath file, HoldEntry newest) {
        List<Consumer<HoldEntry>> list = watchers.get(file);
        if (list != null) {
            notify(list, newest);
        }
    }

    /** The watch has caught up after a gap: notifies all watchers of what is known. */
    public void caughtUp(Function<FilePath, @Nullable HoldEntry> newest) {
        watchers.forEach((file, list) -> {
            HoldEntry entry = newest.apply(file);
            if (entry != null) {
                notify(list, entry);
            }
        });
    }

    private static void notify(List<Consumer<HoldEntry>> list, HoldEntry entry) {
        for (Consumer<HoldEntry> watcher : list) {
            try {
                watcher.accept(entry);
            } catch (RuntimeException | Error e) {
                LOG.listenerFailed(e);
            }
        }
    }
}
