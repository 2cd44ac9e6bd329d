package io.heddle.hold.event;

import io.heddle.hold.Hold;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldEvent.Announced;
import io.heddle.hold.HoldEvent.Corrupt;
import io.heddle.hold.HoldEvent.Expired;
import io.heddle.hold.HoldEvent.Released;
import io.heddle.hold.HoldEventId;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.HoldName;
import io.heddle.hold.LoggedHoldEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The state that a subscription to one bucket starts from: the current holds, and the last events for a subscriber that
 * resumes. Receives every event. Not thread-safe.
 */
final class EventLog {

    private final int capacity;
    private final AtomicLong serials;
    private final long firstSerial;
    private final Map<HoldName, Held> held = new LinkedHashMap<>();
    private final Deque<LoggedHoldEvent> events = new ArrayDeque<>();
    private String epoch = "";
    private boolean synced;
    private long position;
    /** A subscriber that has seen everything up to here can resume from the events. */
    private HoldEventId floor = HoldEventId.UNKNOWN;

    private HoldEventId newest = HoldEventId.UNKNOWN;

    /** A hold and its event in snapshots, created at the first snapshot. */
    private static final class Held {
        private final Hold hold;
        private @Nullable LoggedHoldEvent announced;

        Held(Hold hold) {
            this.hold = hold;
        }

        LoggedHoldEvent announced(String epoch) {
            LoggedHoldEvent event = announced;
            if (event == null) {
                event = new LoggedHoldEvent(new HoldEventId(epoch, hold.revision(), 0), new Announced(hold, false));
                announced = event;
            }
            return event;
        }
    }

    /**
     * @param capacity how many events are kept
     * @param firstSerial the first serial number of this process
     * @param serials the last serial number that was used; continues from one bucket to the next
     */
    EventLog(int capacity, long firstSerial, AtomicLong serials) {
        this.capacity = capacity;
        this.firstSerial = firstSerial;
        this.serials = serials;
    }

    /** Assigns an id to the event; empty until the bucket was read to its end once. */
    Optional<LoggedHoldEvent> add(HoldEvent event) {
        if (event instanceof Announced now) {
            held.put(HoldName.of(now.hold()), new Held(now.hold()));
        } else if (event instanceof Released released) {
            end(released.hold());
        } else if (event instanceof Expired expired) {
            end(expired.hold());
        }
        position = Math.max(position, event.revision());
        if (!synced) {
            return Optional.empty();
        }
        newest = id(event.revision(), serials.incrementAndGet(), isLastOfItsRevision(event));
        LoggedHoldEvent logged = new LoggedHoldEvent(newest, event);
        events.addLast(logged);
        if (events.size() > capacity) {
            floor = events.removeFirst().id();
        }
        return Optional.of(logged);
    }

    /** The holds are complete up to this revision. */
    void caughtUp(String bucketEpoch, long revision) {
        position = Math.max(position, revision);
        epoch = bucketEpoch;
        if (!synced) {
            synced = true;
            newest = id(position, serials.incrementAndGet(), true);
            floor = newest;
        }
    }

    /** The current holds, then {@link HoldEvent.Synced}. */
    List<LoggedHoldEvent> snapshot(HoldFilter filter) {
        List<LoggedHoldEvent> all = new ArrayList<>(filter.equals(HoldFilter.ALL) ? held.size() + 2 : 16);
        held.values().forEach(one -> {
            if (filter.matches(one.hold)) {
                all.add(one.announced(epoch));
            }
        });
        all.add(new LoggedHoldEvent(id(position, newest.serial(), true), new HoldEvent.Synced(position)));
        return all;
    }

    /** {@link HoldEvent.Reset}, then the snapshot. */
    List<LoggedHoldEvent> reset(HoldFilter filter) {
        List<LoggedHoldEvent> all = snapshot(filter);
        all.add(0, new LoggedHoldEvent(new HoldEventId(epoch, position, 0), new HoldEvent.Reset(position)));
        return all;
    }

    /** The events after a revision; empty when they are not kept any more, or not known yet. */
    Optional<List<LoggedHoldEvent>> since(long after) {
        if (after < floor.revision() || after > position) {
            return Optional.empty();
        }
        return Optional.of(select(logged -> logged.event().revision() > after
                || (logged.event() instanceof Expired && logged.event().revision() == after)));
    }

    /** The events after an event; empty when they are not known. */
    Optional<List<LoggedHoldEvent>> since(HoldEventId last, HoldFilter filter) {
        if (!last.epoch().equals(epoch) || last.number() == 0) {
            return Optional.empty();
        }
        if (last.serial() >= firstSerial && last.serial() <= serials.get()) {
            return last.serial() < floor.serial()
                    ? Optional.empty()
                    : Optional.of(
                            select(logged -> logged.id().serial() > last.serial() && filter.matches(logged.event())));
        }
        boolean kept = last.revision() > floor.revision() || (last.revision() == floor.revision() && last.isComplete());
        return kept && last.revision() <= position
                ? Optional.of(select(logged -> mayBeNew(logged, last) && filter.matches(logged.event())))
                : Optional.empty();
    }

    /**
     * Whether another process may have published the {@code last} event before this one. All processes publish the entries of the
     * bucket in one order, but each publishes an expiry in its own time. An expiry is therefore repeated rather than missed,
     * unless the file is known to be held again.
     */
    private boolean mayBeNew(LoggedHoldEvent logged, HoldEventId last) {
        long revision = logged.id().revision();
        if (logged.event() instanceof Expired expired) {
            Held now = held.get(HoldName.of(expired.hold()));
            return revision > last.revision() || now == null || now.hold.revision() > last.revision();
        }
        return revision > last.revision()
                || (revision == last.revision() && logged.id().isComplete() && !last.isComplete());
    }

    private List<LoggedHoldEvent> select(Predicate<LoggedHoldEvent> which) {
        return events.stream().filter(which).toList();
    }

    /** One entry of the bucket can make two events: the end of a hold, then the entry itself. */
    private boolean isLastOfItsRevision(HoldEvent event) {
        return event instanceof Announced
                || event instanceof Corrupt
                || (event instanceof Expired && newest.revision() == event.revision() && newest.isComplete());
    }

    private HoldEventId id(long revision, long serial, boolean complete) {
        return new HoldEventId(epoch, revision, serial << 1 | (complete ? 1 : 0));
    }

    private void end(Hold hold) {
        HoldName name = HoldName.of(hold);
        Held now = held.get(name);
        if (now != null && now.hold.revision() <= hold.revision()) {
            held.remove(name);
        }
    }
}
