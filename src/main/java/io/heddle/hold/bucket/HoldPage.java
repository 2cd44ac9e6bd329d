package io.heddle.hold.bucket;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.bucket.HoldEntry.Held;
import io.heddle.stream.clock.BrokerClock.Reading;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A page of the holds that have not ended, in the order of their names; the shared holds of a file are on one page. */
final class HoldPage {

    private final HoldFilter filter;
    private final @Nullable FilePath after;
    private final int limit;
    private final Reading now;
    private final NavigableMap<String, HoldEntry> entries = new TreeMap<>();

    HoldPage(HoldFilter filter, @Nullable FilePath after, int limit, Reading now) {
        this.filter = filter;
        this.after = after;
        this.limit = limit;
        this.now = now;
    }

    /** Adds the writes of this process that the watch has not delivered. */
    void addWritten(NavigableMap<String, HoldEntry> written) {
        PathOrder.within(written, filter.within(), after).forEach(own -> entries.put(own.getKey(), own.getValue()));
    }

    /** Adds what the watch has delivered, where no newer write was added. */
    void addWatched(NavigableMap<String, Held> watched) {
        FirstOf first = new FirstOf(limit);
        PathOrder.within(watched, filter.within(), after)
                .filter(entry -> !HoldRules.hasEnded(entry.getValue().hold(), now))
                .filter(entry -> HoldIndex.isNewer(entry.getValue(), entries.get(entry.getKey())))
                .takeWhile(entry -> first.test(entry.getValue().hold()))
                .forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
    }

    List<Hold> holds() {
        FirstOf first = new FirstOf(limit);
        return entries.values().stream()
                .flatMap(entry -> entry instanceof Held held ? Stream.of(held.hold()) : Stream.empty())
                .filter(filter::matches)
                .filter(hold -> !HoldRules.hasEnded(hold, now))
                .takeWhile(first)
                .toList();
    }

    /** Accepts so many holds, and further ones of the last file. */
    private static final class FirstOf implements Predicate<Hold> {
        private int left;
        private @Nullable FilePath last;

        FirstOf(int limit) {
            this.left = limit;
        }

        @Override
        public boolean test(Hold hold) {
            boolean in = left > 0 || hold.file().equals(last);
            left--;
            last = in ? hold.file() : last;
            return in;
        }
    }
}
