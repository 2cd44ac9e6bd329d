package io.heddle.mount.feed;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The order of the messages that arrive by core NATS among those that arrive from the stream or the bucket. Core NATS delivers every
 * message but no sequence; the stream gives the sequence but drops messages, before their delivery too. The rules, for each share:
 *
 * <ol>
 *   <li>Core NATS delivers messages in their order, so the latest one by core NATS is the latest of all, until rule 3 or 4 applies.
 *   <li>A message of the stream or the bucket that core NATS has delivered since the last interruption (same bytes) is that message:
 *       it gives its sequence and changes nothing else. When core NATS has delivered later ones, they stay the latest and count as
 *       published after that sequence.
 *   <li>A message that core NATS has not delivered is the latest if its sequence is higher: its copy by core NATS is still on the
 *       way, or was lost in an interruption. Neither the copy nor what core NATS delivers before it replaces what the stream
 *       delivered.
 *   <li>In a replay, a message that core NATS has not delivered is older than those that it has delivered since the interruption:
 *       the subscription to core NATS begins before the replay.
 * </ol>
 *
 * <p>A message that only core NATS delivered is placed after the highest sequence that is known to be older ({@link Position#after}):
 * that of a message that core NATS has delivered before it, or of the share's latest one. What only the stream has delivered may be
 * newer, because core NATS can be behind. If core NATS then drops messages of a slow subscriber, their entries in the bucket must
 * count as newer.
 *
 * <p>Of two messages on one share that different publishers send in the same instant, core NATS may deliver the later one first.
 *
 * <p>Not thread-safe.
 */
public final class MessageOrder {

    /** The most messages of a share, and the most shares, that are kept until their second arrival. */
    private static final int MESSAGES = 64;

    private static final int SHARES = 20_000;

    /** A copy by core NATS that did not arrive within this time was lost. */
    private static final Duration COPY_LIMIT = Duration.ofSeconds(2);

    /** The highest place of a message that core NATS has delivered, too. */
    private @Nullable Position confirmed;

    private @Nullable Position replayEnd;
    private final Map<String, Arrivals> shares = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Arrivals> eldest) {
            return size() > SHARES;
        }
    };

    /** How a message of the stream or the bucket relates to what core NATS delivered. */
    public enum Relation {
        /** Core NATS has not delivered it, or has not delivered the latest one. The positions decide. */
        NOT_DELIVERED,
        /** It is the latest that core NATS delivered. */
        LATEST,
        /** Core NATS has delivered later ones. */
        EARLIER
    }

    private record Early(ShareMessage message, Position position, Instant arrived) {}

    private static final class Arrivals {
        /** Since the last interruption, in order. */
        final List<ShareMessage> byCore = new ArrayList<>(1);
        /** Those of which core NATS has not delivered the copy yet, in order. */
        final List<Early> early = new ArrayList<>(1);
        /** Whether a message that core NATS has not delivered is the latest. */
        boolean overtaken;
    }

    /** The replay of the stream has ended here. */
    public void replayed(Position last) {
        replayEnd = last;
        if (confirmed == null || !confirmed.isInStreamOf(last) || confirmed.isAfter(last)) {
            confirmed = last.beforeAll();
        }
    }

    private void confirm(Position position) {
        if (confirmed != null && position.isInStreamOf(confirmed) && position.isAfter(confirmed)) {
            confirmed = position;
        }
    }

    /** The delivery was interrupted: copies may never arrive. */
    public void interrupted() {
        shares.clear();
    }

    /** Another stream is read. */
    public void restarted() {
        confirmed = null;
        replayEnd = null;
    }

    /**
     * Places a message that core NATS delivered.
     *
     * @param latest the place of the share's latest message; null when there is none
     * @return its place; null when it is not a new one
     */
    public @Nullable Position delivered(String share, ShareMessage message, @Nullable Position latest, Instant now) {
        Arrivals arrivals = of(share);
        arrivals.early.removeIf(early -> early.arrived().plus(COPY_LIMIT).isBefore(now));
        for (int at = arrivals.early.size() - 1; at >= 0; at--) {
            Early copied = arrivals.early.get(at);
            if (copied.message().hasBytesOf(message)) {
                confirm(copied.position());
                arrivals.early.subList(0, at + 1).clear();
                if (!arrivals.early.isEmpty()) {
                    return null;
                }
                add(arrivals.byCore, message);
                arrivals.overtaken = false;
                return latest != null && latest.isAfter(copied.position()) ? latest.next(now) : null;
            }
        }
        if (!arrivals.early.isEmpty()) {
            return null; // published before the one whose copy has not arrived
        }
        add(arrivals.byCore, message);
        arrivals.overtaken = false;
        Position before = latest;
        if (confirmed != null && (latest == null || !latest.isInStreamOf(confirmed) || confirmed.isAfter(latest))) {
            before = confirmed;
        }
        return before == null ? Position.at(now) : before.next(now);
    }

    /**
     * Relates a message of the stream or the bucket to those that core NATS delivered.
     *
     * @param position its place
     * @param replay whether it was stored before the subscription to the stream or the bucket
     */
    public Relation relate(String share, ShareMessage message, Position position, boolean replay) {
        if (!hasDelivered(share)) {
            return Relation.NOT_DELIVERED;
        }
        if (of(share).byCore.stream().anyMatch(message::hasBytesOf)) {
            confirm(position);
            if (of(share).overtaken) {
                return Relation.NOT_DELIVERED;
            }
            return latestDelivered(share).hasBytesOf(message) ? Relation.LATEST : Relation.EARLIER;
        }
        return replay ? Relation.EARLIER : Relation.NOT_DELIVERED;
    }

    /** Whether core NATS has delivered messages on a share since the last interruption. */
    public boolean hasDelivered(String share) {
        Arrivals arrivals = shares.get(share);
        return arrivals != null && !arrivals.byCore.isEmpty();
    }

    /** The latest message on a share that core NATS has delivered. */
    public ShareMessage latestDelivered(String share) {
        List<ShareMessage> byCore = of(share).byCore;
        return byCore.get(byCore.size() - 1);
    }

    /** A message that core NATS has not delivered became the latest. */
    public void becameLatest(String share, ShareMessage message, Position position, Instant now) {
        of(share).overtaken = true;
        if (replayEnd != null && position.isInStreamOf(replayEnd) && position.isAfter(replayEnd)) {
            add(of(share).early, new Early(message, position, now));
        }
    }

    private Arrivals of(String share) {
        return shares.computeIfAbsent(share, id -> new Arrivals());
    }

    private static <T> void add(List<T> arrivals, T arrival) {
        arrivals.add(arrival);
        if (arrivals.size() > MESSAGES) {
            arrivals.remove(0);
        }
    }
}
