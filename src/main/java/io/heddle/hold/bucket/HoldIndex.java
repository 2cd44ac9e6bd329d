package io.heddle.hold.bucket;

import io.heddle.hold.CorruptHoldException;
import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldEvent.Expired;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.HoldKey;
import io.heddle.hold.HoldName;
import io.heddle.hold.bucket.HoldEntry.Held;
import io.heddle.hold.event.ExpiryWheel;
import io.heddle.stream.StreamSignal;
import io.heddle.stream.clock.BrokerClock;
import io.heddle.stream.clock.BrokerClock.Reading;
import io.heddle.stream.kv.KvBucket;
import io.heddle.stream.kv.KvEntry;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
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
    private final IndexListener listener;
    private final EntryEvents events;
    private final Map<HoldName, Slot> slots = new ConcurrentHashMap<>();
    private final LiveHolds live = new LiveHolds();
    /** By name; few, because the watch delivers them soon. */
    private final NavigableMap<String, HoldEntry> ownWrites = new ConcurrentSkipListMap<>();

    private final ExpiryWheel<HoldName> wheel = new ExpiryWheel<>();
    private final WatchProgress progress = new WatchProgress();
    /** The tokens of the live grants that are known not to conflict with an earlier one. */
    private final Map<HoldName, Long> settled = new ConcurrentHashMap<>();

    private volatile long position;
    private volatile boolean current;
    private boolean everCurrent;

    /**
     * @param entry the newest entry that the watch delivered
     * @param over whether the end of its hold was published already, or it has none
     */
    private record Slot(HoldEntry entry, boolean over) {}

    public HoldIndex(KvBucket keys, HoldBucket bucket, BrokerClock clock, IndexListener listener) {
        this.keys = keys;
        this.bucket = bucket;
        this.clock = clock;
        this.listener = listener;
        this.events = new EntryEvents(listener::happened, this::violated);
    }

    /** Returns whether the index is complete, as far as is known; otherwise ask the leader first. */
    public boolean isCurrent() {
        return current;
    }

    public long position() {
        return position;
    }

    WatchProgress progress() {
        return progress;
    }

    /** Returns the newest known entry of a hold; null when the index is not complete. */
    public @Nullable HoldEntry lookup(HoldName name) {
        return current ? lastKnown(name) : null;
    }

    /** As {@link #lookup}, also while the index is not complete. */
    HoldEntry lastKnown(HoldName name) {
        Slot slot = slots.get(name);
        HoldEntry entry = slot == null ? HoldEntry.NONE : slot.entry();
        HoldEntry own = ownWrites.get(name.text());
        HoldEntry newest = own != null && isNewer(own, entry) ? own : entry;
        return isForgotten(newest, clock.now()) ? HoldEntry.NONE : newest;
    }

    /** Records a write of this process that was acknowledged. */
    void wrote(HoldName name, HoldEntry entry) {
        String key = name.text();
        ownWrites.merge(key, entry, (was, now) -> isNewer(now, was) ? now : was);
        Slot delivered = slots.get(name);
        if (delivered != null && delivered.entry().revision() >= entry.revision()) {
            ownWrites.remove(key, entry);
        }
        progress.wrote(entry.revision()); // last: from now on it counts as known
    }

    /** Returns the newest known holds that overlap with a path, also those that have ended. */
    Collection<Held> overlapping(FilePath path) {
        Map<HoldName, Held> found = new HashMap<>();
        Map<HoldName, HoldEntry> own = new HashMap<>();
        if (!ownWrites.isEmpty()) { // first: they are removed only after the watch has delivered them
            PathOrder.overlapping(ownWrites, path)
                    .forEach(entry -> own.put(HoldName.ofText(entry.getKey()), entry.getValue()));
        }
        live.overlapping(path).forEach(held -> found.put(held.name(), held));
        own.forEach((name, written) -> {
            if (isNewer(written, found.get(name)) && written instanceof Held held) {
                found.put(name, held);
            } else if (isNewer(written, found.get(name))) {
                found.remove(name);
            }
        });
        return found.values();
    }

    /** Records that a grant conflicts with no earlier one, so that its renewals need no check. */
    void settled(HoldName name, long token) {
        settled.put(name, token);
        if (!(lastKnown(name) instanceof Held held && held.hold().token() == token)) {
            settled.remove(name, token);
        }
    }

    boolean isSettled(HoldName name, long token) {
        return Objects.equals(settled.get(name), token);
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
        // Own writes first: the index removes them only after the watch has delivered them.
        HoldPage page = new HoldPage(filter, after, limit, clock.now());
        page.addWritten(ownWrites);
        page.addWatched(live.of(filter.holder()));
        return page.holds();
    }

    static boolean isNewer(HoldEntry entry, @Nullable HoldEntry other) {
        return other == null || entry.revision() > other.revision();
    }

    synchronized void accept(StreamSignal signal) {
        if (signal instanceof StreamSignal.Message message) {
            progress.next(message.sequence());
            position = message.sequence();
            apply(keys.entry(message));
            progress.applied(position);
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
        for (HoldName name : wheel.due(now.earliest())) {
            Slot slot = slots.get(name);
            if (slot == null) {
                continue;
            }
            if (!slot.over() && slot.entry() instanceof Held held && HoldRules.hasEnded(held.hold(), now)) {
                put(name, new Slot(held, true));
                listener.happened(new Expired(held.hold(), position));
            }
            if (isForgotten(slot.entry(), now)) {
                forget(name);
            } else {
                schedule(name);
            }
        }
        arm();
    }

    /** Computes the ends of all holds again, because the TTL of the bucket has changed. */
    synchronized void recompute() {
        slots.forEach((name, slot) -> {
            if (slot.entry() instanceof Held held) {
                put(name, new Slot(restored(name, held, held.stored()), slot.over()));
            }
            schedule(name);
        });
        arm();
    }

    /** Returns the same entry with another time of storage or TTL. */
    private Held restored(HoldName name, Held held, Instant stored) {
        Hold hold = held.value().toHold(name, held.revision(), stored, bucket.maxAge());
        return new Held(hold, held.value(), stored, held.reason(), held.by(), held.since());
    }

    private void apply(KvEntry entry) {
        HoldName name;
        try {
            name = new HoldKey(entry.key()).name();
        } catch (CorruptHoldException e) {
            if (!entry.deleted()) {
                listener.happened(
                        new HoldEvent.Corrupt(null, entry.key(), entry.revision(), String.valueOf(e.getMessage())));
            }
            return;
        }
        Slot last = slots.get(name);
        HoldEntry next = interpret(name, entry, last);
        Optional<Held> before = last != null && !last.over() && last.entry() instanceof Held held
                ? Optional.of(held)
                : Optional.empty();
        Reading now = clock.now();
        boolean over = !(next instanceof Held held) || HoldRules.hasEnded(held.hold(), now);
        Slot slot = new Slot(next, over);
        put(name, slot);
        ownWrites.computeIfPresent(
                name.text(), (same, written) -> written.revision() <= next.revision() ? null : written);
        if (next instanceof Held held) {
            settled.computeIfPresent(name, (same, token) -> token == held.hold().token() ? token : null);
            events.announced(before, held, over);
        } else {
            settled.remove(name);
            events.ended(name, entry.key(), before, next);
        }
        wheel.add(name, dueAt(slot));
        arm();
        listener.applied(name, next);
    }

    /** What this process wrote need not be decoded. */
    private HoldEntry interpret(HoldName name, KvEntry entry, @Nullable Slot last) {
        HoldEntry own = ownWrites.get(name.text());
        HoldEntry next = own instanceof Held held && held.revision() == entry.revision() && held.reason() == null
                ? restored(name, held, entry.stored())
                : bucket.interpret(name, entry);
        return next instanceof Held held && last != null && last.entry() instanceof Held before
                ? held.after(before)
                : next;
    }

    /** Returns the earlier hold that a Go program's conflicts with. */
    private Optional<Hold> violated(Held taken) {
        Claim claim = Claim.of(taken.hold(), clock.now());
        return !current
                ? Optional.empty()
                : overlapping(taken.hold().file()).stream()
                        .filter(other -> claim.conflictsWith(other.hold()) && other.since() < taken.since())
                        .map(Held::hold)
                        .findFirst();
    }

    private void caughtUp(StreamSignal.CaughtUp caughtUp) {
        position = Math.max(position, caughtUp.sequence());
        current = true;
        everCurrent = true;
        progress.next(position + 1);
        progress.applied(position);
        ownWrites.values().removeIf(own -> own.revision() <= position);
        listener.caughtUp(caughtUp.stream(), position);
        expire();
    }

    synchronized void forget() {
        current = false;
        position = 0;
        progress.reset();
        settled.clear();
        slots.clear();
        live.clear();
        ownWrites.clear();
        wheel.clear();
        if (everCurrent) {
            listener.forgotten();
        }
    }

    private void put(HoldName name, Slot slot) {
        if (!(slot.entry() instanceof Held held)) {
            live.remove(name);
        } else if (slot.over()) {
            live.end(held);
        } else {
            live.put(held);
        }
        slots.put(name, slot); // last: then an own write is not needed any more
    }

    /** The broker has removed the entry. */
    private void forget(HoldName name) {
        slots.remove(name);
        settled.remove(name);
        live.remove(name);
    }

    private void schedule(HoldName name) {
        Slot slot = slots.get(name);
        if (slot != null) {
            wheel.add(name, dueAt(slot));
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
