package io.heddle.mount.cubefs.kernel;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One reader of the mount table for all who poll it: the number of reads does not grow with the number of shares. Thread-safe. */
public final class SharedMountTable {

    private final Supplier<MountTable> source;
    private @Nullable MountTable latest;
    private long readAt;

    public SharedMountTable(Supplier<MountTable> source) {
        this.source = source;
    }

    /** Returns the table as it was at most this long ago. */
    public synchronized MountTable within(Duration age) {
        MountTable table = latest;
        if (table == null || System.nanoTime() - readAt > age.toNanos()) {
            readAt = System.nanoTime();
            table = source.get();
            latest = table;
        }
        return table;
    }
}
