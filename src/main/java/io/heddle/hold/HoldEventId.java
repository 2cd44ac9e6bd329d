package io.heddle.hold;

import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The position of a subscriber in the events of a bucket, as text: {@code epoch.revision.number}. Every process that reads the
 * bucket can resume from it, as long as its event log reaches back far enough.
 *
 * @param epoch identifies the bucket: the same in every process, another one when the bucket is recreated
 * @param revision the bucket's revision at which the event became known
 * @param number rises with each event of one process and starts at a random value, so that a process recognises its own; odd
 *     when this is the last event of the revision; 0 inside a snapshot, from which no one can resume
 */
public record HoldEventId(String epoch, long revision, long number) {

    /** An id that no process knows; a subscriber that resumes from it starts with {@link HoldEvent.Reset}. */
    public static final HoldEventId UNKNOWN = new HoldEventId("", 0, 0);

    private static final Pattern FORM = Pattern.compile("([0-9a-z]{1,16})\\.(\\d{1,18})\\.(\\d{1,18})");

    /** Parses the result of {@link #toString()}; any other text is {@link #UNKNOWN}. */
    public static HoldEventId parse(String text) {
        Matcher id = FORM.matcher(text);
        return id.matches()
                ? new HoldEventId(id.group(1), Long.parseLong(id.group(2)), Long.parseLong(id.group(3)))
                : UNKNOWN;
    }

    /** Returns the epoch of a bucket, from the creation time of its stream. */
    public static String epoch(Instant created) {
        return Long.toString(created.getEpochSecond() * 1_000_000_000L + created.getNano(), 36);
    }

    public boolean isComplete() {
        return (number & 1) == 1;
    }

    /** Returns the position of the event among those of its process. */
    public long serial() {
        return number >> 1;
    }

    /** {@code epoch.revision.number} */
    @Override
    public String toString() {
        return epoch + "." + revision + "." + number;
    }
}
