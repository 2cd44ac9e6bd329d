package io.heddle.hold.lease;

import static io.heddle.hold.bucket.HoldLog.LOG;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldEvent;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Who inside this process wants to hear about one file: leases and those who wait. Thread-safe. */
public final class FileWatchers {

    private final Map<FilePath, List<Consumer<HoldEvent>>> watchers = new ConcurrentHashMap<>();

    /** Adds one; what is returned takes it away again. */
    Runnable add(FilePath file, Consumer<HoldEvent> watcher) {
        watchers.compute(file, (same, list) -> {
            List<Consumer<HoldEvent>> all = list == null ? new CopyOnWriteArrayList<>() : list;
            all.add(watcher);
            return all;
        });
        return () -> watchers.computeIfPresent(file, (same, list) -> {
            list.remove(watcher);
            return list.isEmpty() ? null : list;
        });
    }

    public void happened(HoldEvent event) {
        FilePath file = event.file();
        List<Consumer<HoldEvent>> list = file == null ? null : watchers.get(file);
        if (list != null) {
            tell(list, event);
        }
    }

    /** Tells everybody, whatever the file. */
    public void allHappened(HoldEvent event) {
        watchers.values().forEach(list -> tell(list, event));
    }

    private static void tell(List<Consumer<HoldEvent>> list, HoldEvent event) {
        for (Consumer<HoldEvent> watcher : list) {
            try {
                watcher.accept(event);
            } catch (RuntimeException e) {
                LOG.listenerFailed(e);
            }
        }
    }
}
