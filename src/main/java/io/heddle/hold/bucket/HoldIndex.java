package io.heddle.hold.bucket;

import io.heddle.hold.CorruptHoldException;
import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldEvent.Announced;
import io.heddle.hold.HoldEvent.Expired;
import io.heddle.hold.HoldEvent.Released;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.HoldKey;
import io.heddle.hold.bucket.HoldEntry.Corrupt;
import io.heddle.hold.bucket.HoldEntry.Held;
import io.heddle.hold.bucket.HoldEntry.Vacant;
import io.heddle.hold.event.ExpiryWheel;
import io.heddle.stream.StreamIdentity;
import io.heddle.stream.StreamSignal;
import io.heddle.stream.clock.BrokerClock;
import io.heddle.stream.clock.BrokerClock.Reading;
import io.heddle.stream.kv.KvBucket;
import io.heddle.stream.kv.KvEntry;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The local index of the bucket, fed by the watch, and the only source of events: an entry is applied and its events are published
 * in one step under one lock, so events are in the order of the bucket.
 *
 * <p>Lookups take no lock. They also see this process's own writes that the watch has not delivered yet.
 */
public final class HoldIndex {

    private final KvBucket keys;
    private final HoldBucket bucket;
    private final BrokerClock clock;
    private final Listener listener;
    private final Map<FilePath, Slot> slots = new ConcurrentHashMap<>();
    private final LiveHolds live = new LiveHolds();
    /** By path; few, because the watch delivers them soon. */
    private final NavigableMap<String, HoldEntry> ownWrites = new ConcurrentSkipListMap<>();

    private final ExpiryWheel<FilePath> wheel = new ExpiryWheel<>();
    private volatile long position;
    private volatile boolean current;
    private boolean everCurrent;

    /** Called under the index's lock, in order: must not block, and may call back for lookups only. */
    interface Listener {

        void happened(HoldEvent event);

        /** An entry of the watch was applied. */
        void applied(FilePath file, HoldEntry entry);

        /** The index is complete up to here: the first time, and after each gap or {@link #forgotten}. */
        void caughtUp(StreamIdentity stream, long position);

        /** The bucket was replaced; nothing is known until {@link #caughtUp}. */
        void forgotten();

        /** {@link HoldIndex#expire()} must be called at this time. */
        void due(Instant when);
    }

    /**
     * @param entry the newest entry that the watch delivered
     * @param over whether the end of its hold was published already, or it has none
     */
    private record Slot(HoldEntry entry, boolean over) {}

    public HoldIndex(KvBucket keys, HoldBucket bucket, BrokerClock clock, Listener listener) {
        this.keys = keys;
        this.bucket = bucket;
        this.clock = clock;
        this.listener = listener;
    }

    /** Returns whether the index is complete, as far as is known; otherwise ask the leader first. */
    public boolean isCurrent() {
        return current;
    }

    public long position() {
        return position;
    }

    /** Returns the newest known entry of a file; null when the index is not complete. */
    public @Nullable HoldEntry lookup(FilePath file) {
        if (!current) {
            return null;
        }
        Slot slot = slots.get(file);
        HoldEntry entry = slot == null ? HoldEntry.NONE : slot.entry();
        HoldEntry own = ownWrites.get(file.value());
        HoldEntry newest = own != null && own.revision() > entry.revision() ? own : entry;
        return isForgotten(newest, clock.now()) ? HoldEntry.NONE : newest;
    }

    /** Records a write of this process that was acknowledged. */
    void wrote(FilePath file, HoldEntry entry) {
        ownWrites.merge(file.value(), entry, (was, now) -> now.revision() > was.revision() ? now : was);
        if (position >= entry.revision()) {
            ownWrites.remove(file.value(), entry);
        }
    }

    /** Returns how many files are held, as far as the watch has delivered. */
    public int held() {
        return live.size();
    }

    /**
     * Returns the holds that have not ended, in the order of their files; this process's own writes count before the watch
     * delivers them. Takes no lock, and costs what it returns.
     *
     * @param after only the files after this one; null for all
     */
    public List<Hold> list(HoldFilter filter, @Nullable FilePath after, int limit) {
        Reading now = clock.now();
        NavigableMap<String, HoldEntry> page = new TreeMap<>();
        // Own writes first: the index removes them only after the watch has delivered them.
        LiveHolds.range(ownWrites, filter.within(), after).forEach(own -> page.put(own.getKey(), own.getValue()));
        LiveHolds.range(live.of(filter.holder()), filter.within(), after)
                .filter(watched -> !HoldRules.hasEnded(watched.getValue().hold(), now))
                .filter(watched -> isNewer(watched.getValue(), page.get(watched.getKey())))
                .limit(limit)
                .forEach(watched -> page.put(watched.getKey(), watched.getValue()));
        return page.values().stream()
                .flatMap(entry -> entry instanceof Held held ? Stream.of(held.hold()) : Stream.empty())
                .filter(filter::matches)
                .filter(hold -> !HoldRules.hasEnded(hold, now))
                .limit(limit)
                .toList();
    }

    private static boolean isNewer(HoldEntry entry, @Nullable HoldEntry other) {
        return other == null || entry.revision() > other.revision();
    }

    synchronized void accept(StreamSignal signal) {
        if (signal instanceof StreamSignal.Message message) {
            position = message.sequence();
            apply(keys.entry(message));
        } else if (signal instanceof StreamSignal.CaughtUp caughtUp) {
            caughtUp(caughtUp);
        } else if (signal instanceof StreamSignal.Interrupted) {
            current = false;
        } else if (signal instanceof StreamSignal.Restarted) {
            forget();
        }
    }

    /** Publishes the ends of holds, and removes what the broker has removed. Nothing ends while the watch has a gap. */
    synchronized void expire() {
        if (!current) {
            return;
        }
        Reading now = clock.now();
        for (FilePath file : wheel.due(now.earliest())) {
            Slot slot = slots.get(file);
            if (slot == null) {
                continue;
            }
            if (!slot.over() && slot.entry() instanceof Held held && HoldRules.hasEnded(held.hold(), now)) {
                put(file, new Slot(held, true));
                listener.happened(new Expired(held.hold(), position));
            }
            if (isForgotten(slot.entry(), now)) {
                slots.remove(file);
            } else {
                schedule(file);
            }
        }
        arm();
    }

    /** Computes the ends of all holds again, because the TTL of the bucket has changed. */
    synchronized void recompute() {
        slots.forEach((file, slot) -> {
            if (slot.entry() instanceof Held held) {
                put(file, new Slot(restored(file, held, held.stored()), slot.over()));
            }
            schedule(file);
        });
        arm();
    }

    /** Returns the same entry with another time of storage or TTL. */
    private Held restored(FilePath file, Held held, Instant stored) {
        Hold hold = held.value().toHold(file, held.revision(), stored, bucket.maxAge());
        return new Held(hold, held.value(), stored, held.reason(), held.by());
    }

    private void apply(KvEntry entry) {
        FilePath file;
        try {
            file = new HoldKey(entry.key()).path();
        } catch (CorruptHoldException e) {
            if (!entry.deleted()) {
                listener.happened(
                        new HoldEvent.Corrupt(null, entry.key(), entry.revision(), String.valueOf(e.getMessage())));
            }
            return;
        }
        HoldEntry own = ownWrites.get(file.value());
        HoldEntry next = own instanceof Held held && held.revision() == entry.revision() && held.reason() == null
                ? restored(file, held, entry.stored())
                : bucket.interpret(file, entry);
        Slot last = slots.get(file);
        Optional<Held> before = last != null && !last.over() && last.entry() instanceof Held held
                ? Optional.of(held)
                : Optional.empty();
        Reading now = clock.now();
        boolean over = !(next instanceof Held held) || HoldRules.hasEnded(held.hold(), now);
        Slot slot = new Slot(next, over);
        put(file, slot);
        ownWrites.computeIfPresent(
                file.value(), (same, written) -> written.revision() <= next.revision() ? null : written);
        if (next instanceof Held held) {
            announced(before, held, over);
        } else if (next instanceof Vacant vacant) {
            before.ifPresent(held -> ended(held, vacant));
        } else if (next instanceof Corrupt corrupt) {
            before.ifPresent(held -> ended(held, new Vacant(corrupt.revision(), corrupt.stored(), null, null)));
            listener.happened(new HoldEvent.Corrupt(file, entry.key(), corrupt.revision(), corrupt.reason()));
        }
        wheel.add(file, dueAt(slot));
        arm();
        listener.applied(file, next);
    }

    private void announced(Optional<Held> before, Held next, boolean over) {
        boolean renewal = before.isPresent()
                && before.get().hold().holder().equals(next.hold().holder())
                && next.stored().isBefore(before.get().hold().endsAt());
        if (!renewal) {
            before.ifPresent(held -> ended(held, new Vacant(next.revision(), next.stored(), next.reason(), next.by())));
        }
        if (!over) {
            listener.happened(new Announced(next.hold(), renewal));
        } else if (renewal) {
            listener.happened(new Expired(next.hold(), position));
        }
    }

    /** Publishes how a hold ended, by the entry after it: in its time or before. */
    private void ended(Held held, Vacant after) {
        Hold hold = held.hold();
        String reason = after.reason();
        if ("expired".equals(reason) || !after.stored().isBefore(hold.endsAt())) {
            listener.happened(new Expired(hold, position));
        } else {
            HoldEvent.Reason how = "forced".equals(reason)
                    ? HoldEvent.Reason.FORCED
                    : "transferred".equals(reason) ? HoldEvent.Reason.TRANSFERRED : HoldEvent.Reason.RELEASED;
            listener.happened(new Released(hold, after.revision(), how, after.by()));
        }
    }

    private void caughtUp(StreamSignal.CaughtUp caughtUp) {
        position = Math.max(position, caughtUp.sequence());
        current = true;
        everCurrent = true;
        ownWrites.values().removeIf(own -> own.revision() <= position);
        listener.caughtUp(caughtUp.stream(), position);
        expire();
    }

    synchronized void forget() {
        current = false;
        position = 0;
        slots.clear();
        live.clear();
        ownWrites.clear();
        wheel.clear();
        if (everCurrent) {
            listener.forgotten();
        }
    }

    private void put(FilePath file, Slot slot) {
        slots.put(file, slot);
        if (!slot.over() && slot.entry() instanceof Held held) {
            live.put(held);
        } else {
            live.remove(file);
        }
    }

    private void schedule(FilePath file) {
        Slot slot = slots.get(file);
        if (slot != null) {
            wheel.add(file, dueAt(slot));
        }
    }

    private Instant dueAt(Slot slot) {
        return !slot.over() && slot.entry() instanceof Held held
                ? held.hold().endsAt()
                : slot.entry().stored().plus(bucket.maxAge());
    }

    private void arm() {
        Instant next = wheel.next();
        if (next != null) {
            listener.due(next);
        }
    }

    /** The broker removes an entry at the bucket's TTL, deletion markers too: from then on, a write expects revision 0. */
    private boolean isForgotten(HoldEntry entry, Reading now) {
        return entry.revision() != 0 && !now.earliest().isBefore(entry.stored().plus(bucket.maxAge()));
    }
}
