package io.heddle.broadcast;

/** A subscriber fell behind its own buffer and was ended. It may subscribe again, and then begins with a fresh snapshot. */
public class SlowSubscriberException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final long lost;

    public SlowSubscriberException(long lost) {
        super("the subscriber was too slow: " + lost + " items were not delivered");
        this.lost = lost;
    }

    /** How many live items had been published for it and were not delivered, what is left of its snapshot not counted. */
    public long lost() {
        return lost;
    }
}
