package io.heddle.hold.lease;

import static io.heddle.hold.bucket.HoldLog.LOG;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldName;
import io.heddle.hold.bucket.HoldEntry;
import io.heddle.hold.bucket.PathOrder;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The leases of this process, by hold, and the calls that wait for a file, by its path. Thread-safe. */
public final class FileWatchers {

    private final NavigableMap<String, List<Watcher>> leases = new ConcurrentSkipListMap<>();
    private final NavigableMap<String, List<Watcher>> waiters = new ConcurrentSkipListMap<>();

    /** Called under the index's lock: must not block. */
    interface Watcher {

        /** The watch delivered an entry. Entries, unlike events, show every change that frees a file. */
        void changed(HoldName name, HoldEntry newest);

        /**
         * The hold may have changed without an entry: it has expired, or the watch had a gap or reads another bucket now.
         *
         * @param known the newest known entry; null when there is none to rely on
         */
        void recheck(HoldName name, @Nullable HoldEntry known);
    }

    /** Adds a watcher of one hold; the result removes it. */
    Runnable add(HoldName name, Watcher watcher) {
        return add(leases, name.text(), watcher);
    }

    /** Adds a watcher of all holds that overlap with a path; the result removes it. */
    Runnable addOverlapping(FilePath path, Watcher watcher) {
        return add(waiters, path.value(), watcher);
    }

    private static Runnable add(NavigableMap<String, List<Watcher>> map, String key, Watcher watcher) {
        map.compute(key, (same, list) -> {
            List<Watcher> all = list == null ? new CopyOnWriteArrayList<>() : list;
            all.add(watcher);
            return all;
        });
        return () -> map.computeIfPresent(key, (same, list) -> {
            list.remove(watcher);
            return list.isEmpty() ? null : list;
        });
    }

    public void changed(HoldName name, HoldEntry newest) {
        notify(name, watcher -> watcher.changed(name, newest));
    }

    public void recheck(HoldName name, @Nullable HoldEntry known) {
        notify(name, watcher -> watcher.recheck(name, known));
    }

    public void recheckAll(Function<HoldName, @Nullable HoldEntry> known) {
        leases.forEach((key, all) -> recheck(HoldName.ofText(key), all, known));
        waiters.forEach((key, all) -> recheck(HoldName.ofText(key), all, known));
    }

    private static void recheck(HoldName name, List<Watcher> all, Function<HoldName, @Nullable HoldEntry> known) {
        all.forEach(watcher -> notify(watcher, one -> one.recheck(name, known.apply(name))));
    }

    private void notify(HoldName name, Consumer<Watcher> notification) {
        leases.getOrDefault(name.text(), List.of()).forEach(watcher -> notify(watcher, notification));
        if (!waiters.isEmpty()) {
            PathOrder.overlapping(waiters, name.file())
                    .forEach(at -> at.getValue().forEach(watcher -> notify(watcher, notification)));
        }
    }

    private static void notify(Watcher watcher, Consumer<Watcher> notification) {
        try {
            notification.accept(watcher);
        } catch (RuntimeException | Error e) {
            LOG.listenerFailed(e);
        }
    }
}
