package io.heddle.coding;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.Holds;
import io.heddle.hold.LoggedHoldEvent;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The holds that ended without their session's doing, from the events of the bucket, so that every replica can report them. Each
 * is reported once by each replica. Bounded: the oldest sessions, and the oldest holds of a session, are dropped first.
 * Thread-safe.
 */
final class LostHolds {

    private static final int MOST_SESSIONS = 10_000;
    private static final int MOST_HOLDS = 1_000;
    private static final int BUFFER = 1_024;
    private static final Duration AGAIN_AT_THE_LATEST = Duration.ofSeconds(10);

    private final Map<String, Map<FilePath, LostHold>> lost = new Bounded<>(MOST_SESSIONS);

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
        lost.computeIfAbsent(hold.holder(), same -> new Bounded<>(MOST_HOLDS))
                .put(hold.file(), new LostHold(hold.file(), hold.token(), why));
    }

    /** Returns what the session has lost and not been told by this process. */
    synchronized List<LostHold> take(String session) {
        Map<FilePath, LostHold> all = lost.remove(session);
        return all == null ? List.of() : List.copyOf(all.values());
    }

    private static final class Bounded<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1L;
        private final int most;

        Bounded(int most) {
            this.most = most;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > most;
        }
    }
}
