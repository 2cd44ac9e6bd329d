package io.heddle.mount.feed;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The order of the messages that arrive by core NATS among those that arrive from the stream or the bucket. Core NATS delivers every
 * message but no sequence; the stream gives the sequence but drops messages, before their delivery too. The rules, for each share:
 *
 * <ol>
 *   <li>Core NATS delivers messages in their order, so the latest one by core NATS is the latest of all, until rule 3 or 4 applies.
 *   <li>A message that arrives both ways (same bytes) is one message: its second arrival gives it its sequence and changes nothing
 *       else. When core NATS has delivered later ones, they stay the latest and count as published after that sequence.
 *   <li>A message of the stream that core NATS has not delivered is the latest if its sequence is higher: its copy by core NATS is
 *       still on the way, or was lost in an interruption. A copy that arrives later does not replace what the stream delivered after it.
 *   <li>In a replay, a message that core NATS has not delivered is older than those that it has delivered since the interruption:
 *       the subscription to core NATS begins before the replay.
 * </ol>
 *
 * <p>A message that only core NATS delivered is placed after the highest sequence that is known to be older ({@link Position#after}).
 * Two messages on one share that different publishers send in the same instant may be delivered in another order by core NATS.
 *
 * <p>Not thread-safe.
 */
public final class MessageOrder {

    /** The most messages of a share that wait for their second arrival. */
    private static final int LIMIT = 64;

    /** A copy by core NATS that did not arrive within this time was lost. */
    private static final Duration COPY_LIMIT = Duration.ofSeconds(10);

    private final Map<String, Arrivals> shares = new HashMap<>();

    /** How a message of the stream or the bucket relates to what core NATS delivered. */
    public enum Relation {
        /** Core NATS has not delivered it. The positions decide. */
        NOT_DELIVERED,
        /** It is the latest that core NATS delivered. */
        LATEST,
        /** Core NATS has delivered later ones. */
        EARLIER
    }

    private record Placed(ShareMessage message, Position position, Instant arrived) {}

    private static final class Arrivals {
        /** By core NATS only, so far; in order. */
        final List<ShareMessage> byCore = new ArrayList<>(1);
        /** Not by core NATS, so far; in order. */
        final List<Placed> byStream = new ArrayList<>(1);
    }

    /**
     * Places a message that core NATS delivered.
     *
     * @param latest the place of the share's latest message; null when there is none
     * @param end the highest place in the stream that was delivered, of any share; null before the first replay has ended
     * @return its place; null when it is not the latest
     */
    public @Nullable Position delivered(
            String share, ShareMessage message, @Nullable Position latest, @Nullable Position end, Instant now) {
        Arrivals arrivals = shares.computeIfAbsent(share, id -> new Arrivals());
        arrivals.byStream.removeIf(placed -> placed.arrived().plus(COPY_LIMIT).isBefore(now));
        for (int at = 0; at < arrivals.byStream.size(); at++) {
            Placed placed = arrivals.byStream.get(at);
            if (placed.message().hasBytesOf(message)) {
                arrivals.byStream.subList(0, at + 1).clear();
                arrivals.byCore.clear();
                boolean isLatest = arrivals.byStream.isEmpty();
                forgetIfEmpty(share, arrivals);
                return isLatest && latest != null && latest.isAfter(placed.position()) ? latest.next(now) : null;
            }
        }
        arrivals.byCore.add(message);
        trim(arrivals.byCore);
        Position before = latest == null || (end != null && !latest.isInStreamOf(end)) ? end : latest;
        if (before != null && end != null && end.isAfter(before)) {
            before = end;
        }
        return before == null ? Position.at(now) : before.next(now);
    }

    /**
     * Relates a message of the stream or the bucket to those that core NATS delivered.
     *
     * @param replay whether it was stored before the subscription to the stream or the bucket
     */
    public Relation relate(String share, ShareMessage message, Position position, boolean replay) {
        if (!isWaiting(share)) {
            return Relation.NOT_DELIVERED;
        }
        Arrivals arrivals = require(share);
        List<ShareMessage> byCore = arrivals.byCore;
        for (int at = 0; at < byCore.size(); at++) {
            if (byCore.get(at).hasBytesOf(message)) {
                boolean last = at == byCore.size() - 1;
                if (position.after() == 0) { // else the stream may still deliver it
                    byCore.subList(0, at + 1).clear();
                    forgetIfEmpty(share, arrivals);
                }
                return last ? Relation.LATEST : Relation.EARLIER;
            }
        }
        return replay ? Relation.EARLIER : Relation.NOT_DELIVERED;
    }

    /** Whether core NATS has delivered messages on a share that the stream has not. */
    public boolean isWaiting(String share) {
        Arrivals arrivals = shares.get(share);
        return arrivals != null && !arrivals.byCore.isEmpty();
    }

    /** The latest message that only core NATS has delivered: what follows a message in {@link Relation#EARLIER}. */
    public ShareMessage latestDelivered(String share) {
        List<ShareMessage> byCore = require(share).byCore;
        return byCore.get(byCore.size() - 1);
    }

    /** A message that core NATS has not delivered became the latest. */
    public void becameLatest(String share, ShareMessage message, Position position, boolean replay, Instant now) {
        Arrivals arrivals = shares.computeIfAbsent(share, id -> new Arrivals());
        arrivals.byCore.clear();
        if (!replay) {
            arrivals.byStream.add(new Placed(message, position, now));
            trim(arrivals.byStream);
        }
        forgetIfEmpty(share, arrivals);
    }

    /** The delivery was interrupted: copies may never arrive. */
    public void interrupted() {
        shares.clear();
    }

    private Arrivals require(String share) {
        return Objects.requireNonNull(shares.get(share), share);
    }

    private void forgetIfEmpty(String share, Arrivals arrivals) {
        if (arrivals.byCore.isEmpty() && arrivals.byStream.isEmpty()) {
            shares.remove(share);
        }
    }

    private static void trim(List<?> waiting) {
        if (waiting.size() > LIMIT) {
            waiting.remove(0);
        }
    }
}
