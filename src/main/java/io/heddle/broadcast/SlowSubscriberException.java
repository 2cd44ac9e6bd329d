package io.heddle.broadcast;

/** A subscriber was ended because its buffer was full. It may subscribe again and then receives a new snapshot. */
public class SlowSubscriberException extends RuntimeException {

    private final long lost;

    public SlowSubscriberException(long lost) {
        super("the subscriber was too slow: " + lost + " items were not delivered");
        this.lost = lost;
    }

    /** The number of live items that were published for the subscriber and not delivered; the snapshot does not count. */
    public long lost() {
        return lost;
    }
}
