package io.heddle.coding;

import java.util.concurrent.atomic.LongAdder;

/** What sessions of this process have met since it started. Thread-safe. */
public final class SessionCounts {

    private final LongAdder refused = new LongAdder();
    private final LongAdder waited = new LongAdder();
    private final LongAdder lost = new LongAdder();

    SessionCounts() {}

    /** Returns how many requests for holds were refused because of another holder. */
    public long refused() {
        return refused.sum();
    }

    /** Returns how many requests for holds waited for another holder. */
    public long waited() {
        return waited.sum();
    }

    /** Returns how many lost holds were reported. */
    public long lost() {
        return lost.sum();
    }

    void addRefused() {
        refused.increment();
    }

    void addWaited() {
        waited.increment();
    }

    void addLost(int holds) {
        lost.add(holds);
    }
}
