package io.heddle.stream;

/**
 * The number of requested messages that have not arrived yet. Never more are requested than the subscriber demands, and the next
 * pull is sent well before all have arrived, so that the broker always has an open pull.
 */
final class PullWindow {

    /** The maximum requested at once: bounds the memory, and suffices for 50,000 messages a second over 10 ms. */
    static final int LARGEST = 512;

    private long outstanding;

    /**
     * Returns how many messages to request now, and counts them as requested; 0 for none.
     *
     * @param demand how many messages the subscriber demands beyond those it received
     */
    int refill(long demand) {
        int desired = (int) Math.min(demand, LARGEST);
        int missing = (int) (desired - outstanding);
        // Refill when half empty: a subscriber that requests one by one must not cause a pull for each.
        if (missing <= 0 || (outstanding > 0 && missing < (desired + 1) / 2)) {
            return 0;
        }
        outstanding += missing;
        return missing;
    }

    void received() {
        outstanding = Math.max(0, outstanding - 1);
    }

    /** A pull ended before all its messages arrived. */
    void unfulfilled(long messages) {
        outstanding = Math.max(0, outstanding - messages);
    }

    long outstanding() {
        return outstanding;
    }
}
