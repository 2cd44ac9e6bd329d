package io.heddle.hold.bucket;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * How far the watch has come, and whether it may have left out an entry.
 *
 * <p>The bucket keeps the newest entry of each key. An entry that is overwritten before the watch reads it is therefore never
 * delivered; its successor is, later. In between, the index lacks what was stored before. A revision that is missing, unless it is
 * an own write, is counted as a gap. Whoever counts the gaps, then learns of a later revision (by a write,
 * or from the leader), and finds no further gap up to that revision, has missed nothing.
 *
 * <p>The index has own writes as soon as they are acknowledged, so a process that writes alone never waits for the watch.
 * Thread-safe; one thread reports what the watch delivers.
 */
final class WatchProgress {

    private final NavigableMap<Long, CompletableFuture<Void>> waiting = new ConcurrentSkipListMap<>();
    /** The own writes after {@link #known}. */
    private final TreeSet<Long> own = new TreeSet<>();

    private volatile long known;
    private volatile long position;
    private volatile long gaps;

    /** Returns the newest revision that the watch has delivered to the index. */
    long position() {
        return position;
    }

    /** Returns the revision up to which the index lacks nothing but gaps: each was delivered or is an own write. */
    long known() {
        return known;
    }

    /** Returns the number of gaps so far. */
    long gaps() {
        return gaps;
    }

    /** Completes when the watch has delivered this revision, or a later one, to the index; on the thread that calls {@link #wake}. */
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

    /** This process has written a revision, and the index has it. */
    synchronized void wrote(long revision) {
        if (revision > known) {
            own.add(revision);
            advance();
        }
    }

    /** The watch delivers this revision next; called before it is applied. */
    synchronized void next(long revision) {
        if (known < revision - 1) {
            gap();
        }
    }

    /** The index has applied everything that the watch delivered up to here. */
    synchronized void applied(long revision) {
        position = revision;
        known = Math.max(known, revision);
        own.headSet(known, true).clear();
        advance();
    }

    /** The bucket was replaced: those who wait find a gap. */
    synchronized void reset() {
        gap();
        position = 0;
        known = 0;
        own.clear();
    }

    private void advance() {
        for (long next = known + 1; own.remove(next); next++) {
            known = next;
        }
    }

    /** Entries may have been left out. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
    private void gap() {
        gaps++;
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
