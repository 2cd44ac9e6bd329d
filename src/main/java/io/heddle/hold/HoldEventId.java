package io.heddle.hold;

import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a subscriber is in the events of a bucket, as text: {@code epoch.revision.number}. Any process that reads the bucket can
 * tell what came after it, as long as it remembers that far back.
 *
 * @param epoch which bucket: the same in every process, another one when the bucket is made anew
 * @param revision the bucket's revision at which the event became known
 * @param number rises from event to event of one process, and begins at random, so that a process knows its own numbers; odd when
 *     everything of the revision has been told with this event. 0 belongs to a snapshot: nothing can be continued there
 */
public record HoldEventId(String epoch, long revision, long number) {

    /** What no process knows; its follower begins with {@link HoldEvent.Reset}. */
    public static final HoldEventId UNKNOWN = new HoldEventId("", 0, 0);

    private static final Pattern FORM = Pattern.compile("([0-9a-z]{1,16})\\.(\\d{1,18})\\.(\\d{1,18})");

    /** Reads what {@link #toString()} wrote; anything else is {@link #UNKNOWN}. */
    public static HoldEventId parse(String text) {
        Matcher id = FORM.matcher(text);
        return id.matches()
                ? new HoldEventId(id.group(1), Long.parseLong(id.group(2)), Long.parseLong(id.group(3)))
                : UNKNOWN;
    }

    /** The epoch of a bucket that was created then: the broker keeps that time for the whole life of its stream. */
    public static String epoch(Instant created) {
        return Long.toString(created.getEpochSecond() * 1_000_000_000L + created.getNano(), 36);
    }

    public boolean isComplete() {
        return (number & 1) == 1;
    }

    /** The place of the event among those of its process. */
    public long serial() {
        return number >> 1;
    }

    /** {@code epoch.revision.number} */
    @Override
    public String toString() {
        return epoch + "." + revision + "." + number;
    }
}
