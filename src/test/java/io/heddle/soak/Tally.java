package io.heddle.soak;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/** What was asked and how it was answered. Thread-safe. */
final class Tally {

    private static final int KEPT = 50;

    private final Map<String, LongAdder> counts = new ConcurrentSkipListMap<>();
    private final LongAdder unexpected = new LongAdder();
    private final List<String> told = new CopyOnWriteArrayList<>();

    /** Counts an answer; one that is none of the expected is kept for the end. */
    void answered(String operation, int status, String body, int... expected) {
        count(operation + " -> " + status);
        if (Arrays.stream(expected).noneMatch(one -> one == status)) {
            unexpected(operation + " -> " + status + " " + body);
        }
    }

    void count(String what) {
        counts.computeIfAbsent(what, key -> new LongAdder()).increment();
    }

    void unexpected(String what) {
        unexpected.increment();
        if (told.size() < KEPT) {
            told.add(what.length() > 500 ? what.substring(0, 500) : what);
        }
    }

    /** How many were unexpected. */
    long wrong() {
        return unexpected.sum();
    }

    /** Some of those that were unexpected. */
    List<String> told() {
        return told;
    }

    Map<String, Long> counts() {
        Map<String, Long> sums = new TreeMap<>();
        counts.forEach((what, count) -> sums.put(what, count.sum()));
        return sums;
    }

    /** How often an operation had this answer. */
    long count(String operation, int status) {
        LongAdder count = counts.get(operation + " -> " + status);
        return count == null ? 0 : count.sum();
    }

    long total() {
        return counts.values().stream().mapToLong(LongAdder::sum).sum();
    }
}
