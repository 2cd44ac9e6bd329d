package io.heddle.stream;

/**
 * How many messages have been asked for and not yet come. It never asks for more than the subscriber wants, and asks again
 * well before everything has come, so that the broker does not run dry between two pulls.
 */
final class PullWindow {

    /** The most that is asked for at once: bounds the memory, and suffices for 50,000 messages a second over 10 ms. */
    static final int LARGEST = 512;

    private long outstanding;

    /**
     * How many to ask for now; 0 for none. Counts them as asked for.
     *
     * @param demand how many the subscriber wants beyond those it got
     */
    int refill(long demand) {
        int wanted = (int) Math.min(demand, LARGEST);
        int missing = (int) (wanted - outstanding);
        // Half empty is soon enough, and keeps a subscriber that asks one by one from making a pull for each.
        if (missing <= 0 || (outstanding > 0 && missing < (wanted + 1) / 2)) {
            return 0;
        }
        outstanding += missing;
        return missing;
    }

    void received() {
        outstanding = Math.max(0, outstanding - 1);
    }

    /** A pull ended before all of it came. */
    void unfulfilled(long messages) {
        outstanding = Math.max(0, outstanding - messages);
    }

    long outstanding() {
        return outstanding;
    }
}
