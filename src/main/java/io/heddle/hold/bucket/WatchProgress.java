package io.heddle.hold.bucket;

import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * How far the watch has come, and whether it may have left out an entry.
 *
 * <p>The bucket keeps the newest entry of each key. An entry that is overwritten before the watch reads it is therefore never
 * delivered; its successor is, later. In between, the index lacks what was stored before. A revision that is missing, unless it is
 * an own write, is counted as a gap. Whoever counts the gaps, then learns of a later revision (by a write,
 * or from the leader), and finds no further gap up to that revision, has missed nothing. Thread-safe; one thread reports.
 */
final class WatchProgress {

    private final NavigableMap<Long, CompletableFuture<Void>> waiting = new ConcurrentSkipListMap<>();
    private final NavigableSet<Long> ownRevisions = new ConcurrentSkipListSet<>();
    private volatile long position;
    private volatile long gaps;

    /** Returns the newest revision that the index has applied. */
    long position() {
        return position;
    }

    /** Returns the number of gaps so far. */
    long gaps() {
        return gaps;
    }

    /** Completes when the index has applied this revision, or a later one; on the thread that calls {@link #wake}. */
    CompletableFuture<Void> reached(long revision) {
        if (position >= revision) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> reached = waiting.computeIfAbsent(revision, same -> new CompletableFuture<>());
        if (position >= revision) { // it came meanwhile
            waiting.remove(revision, reached);
            reached.complete(null);
        }
        return reached;
    }

    /** This process has written a revision, so it is not missing if another entry overwrites it at once. */
    void wrote(long revision) {
        if (revision > position) {
            ownRevisions.add(revision);
        }
    }

    /** The watch delivers this revision next; called before it is applied. */
    void next(long revision) {
        for (long missing = position + 1; missing < revision; missing++) {
            if (!ownRevisions.contains(missing)) {
                gap();
                return;
            }
        }
    }

    /** Entries may have been left out. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread reports
    private void gap() {
        gaps++;
    }

    /** The index has applied everything that the watch delivered up to here. */
    void applied(long revision) {
        position = revision;
        ownRevisions.headSet(revision, true).clear();
    }

    /** The bucket was replaced: those who wait find a gap. */
    void reset() {
        gap();
        position = 0;
        ownRevisions.clear();
    }

    /** Completes those who wait; must not be called under a lock. */
    void wake() {
        while (true) {
            Map.Entry<Long, CompletableFuture<Void>> first = waiting.firstEntry();
            if (first == null || first.getKey() > position) {
                return;
            }
            waiting.remove(first.getKey());
            first.getValue().complete(null);
        }
    }
}
