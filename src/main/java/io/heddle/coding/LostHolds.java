package io.heddle.coding;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.Holds;
import io.heddle.hold.LoggedHoldEvent;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The holds that ended without their session's doing, from the events of the bucket, so that every replica can report them. Each
 * is reported once by each replica. Bounded: the holds of the sessions that lost something first are dropped first. Thread-safe.
 */
final class LostHolds {

    /** Also of holders that are no sessions, which never ask. */
    private static final int MOST_HOLDS = 100_000;

    private static final int BUFFER = 1_024;
    private static final Duration AGAIN_AT_THE_LATEST = Duration.ofSeconds(10);

    private final Map<String, Map<FilePath, LostHold>> lost = new LinkedHashMap<>();
    private int size;

    /** Follows the events until the holds are closed. */
    Cancellable follow(Holds holds) {
        return holds.follow(null, BUFFER, HoldFilter.ALL)
                .map(LoggedHoldEvent::event)
                .onFailure()
                .retry()
                .withBackOff(Duration.ofMillis(100), AGAIN_AT_THE_LATEST)
                .indefinitely()
                .subscribe()
                .with(this::happened, failure -> CodingLog.LOG.eventsEnded(failure));
    }

    private void happened(HoldEvent event) {
        if (event instanceof HoldEvent.Expired expired) {
            add(expired.hold(), "it expired");
        } else if (event instanceof HoldEvent.Released released && released.reason() == HoldEvent.Reason.FORCED) {
            String by = released.by() == null ? "" : " by " + released.by();
            add(released.hold(), "it was released by force" + by);
        }
    }

    private synchronized void add(Hold hold, String why) {
        put(hold.holder(), new LostHold(hold.file(), hold.token(), why));
        Iterator<Map<FilePath, LostHold>> oldest = lost.values().iterator();
        while (size > MOST_HOLDS) {
            size -= oldest.next().size();
            oldest.remove();
        }
    }

    private void put(String session, LostHold hold) {
        Map<FilePath, LostHold> all = lost.computeIfAbsent(session, same -> new LinkedHashMap<>());
        if (all.put(hold.file(), hold) == null) {
            size++;
        }
    }

    /** Returns what the session has lost and not been told by this process. */
    synchronized List<LostHold> take(String session) {
        Map<FilePath, LostHold> all = lost.remove(session);
        if (all == null) {
            return List.of();
        }
        size -= all.size();
        return List.copyOf(all.values());
    }

    /** The session was not told after all. */
    synchronized void putBack(String session, List<LostHold> taken) {
        List<LostHold> later = take(session);
        taken.forEach(hold -> put(session, hold));
        later.forEach(hold -> put(session, hold));
    }
}
