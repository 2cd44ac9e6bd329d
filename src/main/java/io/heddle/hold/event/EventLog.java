package io.heddle.hold.event;

import io.heddle.hold.FilePath;
import io.heddle.hold.Hold;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldEvent.Announced;
import io.heddle.hold.HoldEvent.Corrupt;
import io.heddle.hold.HoldEvent.Expired;
import io.heddle.hold.HoldEvent.Released;
import io.heddle.hold.HoldEventId;
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
 * What subscribers of one bucket begin with: the holds as they are, and the last events for those who come back. Fed with
 * every event. Not thread-safe.
 */
final class EventLog {

    private final int room;
    private final AtomicLong serials;
    private final long firstSerial;
    private final Map<FilePath, Held> held = new LinkedHashMap<>();
    private final Deque<LoggedHoldEvent> events = new ArrayDeque<>();
    private String epoch = "";
    private boolean synced;
    private long position;
    /** Whoever has seen everything up to here can be served from the events. */
    private HoldEventId floor = HoldEventId.UNKNOWN;

    private HoldEventId newest = HoldEventId.UNKNOWN;

    /** A hold, and the event of it in snapshots, once there was one. */
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
     * @param room how many events are kept
     * @param firstSerial the first serial number of this process
     * @param serials the last serial number that was given; goes on from one bucket to the next
     */
    EventLog(int room, long firstSerial, AtomicLong serials) {
        this.room = room;
        this.firstSerial = firstSerial;
        this.serials = serials;
    }

    /** Gives the event an id; empty while there is no end of the bucket to count from. */
    Optional<LoggedHoldEvent> add(HoldEvent event) {
        if (event instanceof Announced now) {
            held.put(now.file(), new Held(now.hold()));
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
        if (events.size() > room) {
            floor = events.removeFirst().id();
        }
        return Optional.of(logged);
    }

    /** Complete up to here. */
    void caughtUp(String bucketEpoch, long revision) {
        position = Math.max(position, revision);
        epoch = bucketEpoch;
        if (!synced) {
            synced = true;
            newest = id(position, serials.incrementAndGet(), true);
            floor = newest;
        }
    }

    boolean isSynced() {
        return synced;
    }

    /** What is held, and that it is complete. */
    List<LoggedHoldEvent> snapshot() {
        List<LoggedHoldEvent> all = new ArrayList<>(held.size() + 2);
        held.values().forEach(one -> all.add(one.announced(epoch)));
        all.add(new LoggedHoldEvent(id(position, newest.serial(), true), new HoldEvent.Synced(position)));
        return all;
    }

    /** The snapshot for somebody who knows something else. */
    List<LoggedHoldEvent> reset() {
        List<LoggedHoldEvent> all = snapshot();
        all.add(0, new LoggedHoldEvent(new HoldEventId(epoch, position, 0), new HoldEvent.Reset(position)));
        return all;
    }

    /** What happened after a revision; empty when that is not known any more, or not yet. */
    Optional<List<LoggedHoldEvent>> since(long after) {
        if (after < floor.revision() || after > position) {
            return Optional.empty();
        }
        return Optional.of(all(logged -> logged.event().revision() > after
                || (logged.event() instanceof Expired && logged.event().revision() == after)));
    }

    /** What happened after an event; empty when that is not known. */
    Optional<List<LoggedHoldEvent>> since(HoldEventId last) {
        if (!last.epoch().equals(epoch) || last.number() == 0) {
            return Optional.empty();
        }
        if (last.serial() >= firstSerial && last.serial() <= serials.get()) {
            return last.serial() < floor.serial()
                    ? Optional.empty()
                    : Optional.of(all(logged -> logged.id().serial() > last.serial()));
        }
        boolean kept = last.revision() > floor.revision() || (last.revision() == floor.revision() && last.isComplete());
        return kept && last.revision() <= position
                ? Optional.of(all(logged -> mayBeNew(logged, last)))
                : Optional.empty();
    }

    /**
     * Whether an event may not have been told by another process when it told that one. All have the events of the bucket in
     * one order. When a hold expires, each tells it in its own time, so that is told again rather than not at all, unless the
     * file is known to be held anew.
     */
    private boolean mayBeNew(LoggedHoldEvent logged, HoldEventId last) {
        long revision = logged.id().revision();
        if (logged.event() instanceof Expired expired) {
            Held now = held.get(expired.file());
            return revision > last.revision() || now == null || now.hold.revision() > last.revision();
        }
        return revision > last.revision()
                || (revision == last.revision() && logged.id().isComplete() && !last.isComplete());
    }

    private List<LoggedHoldEvent> all(Predicate<LoggedHoldEvent> which) {
        return events.stream().filter(which).toList();
    }

    /** One entry of the bucket can be two events: the end of a hold, and then what the entry says. */
    private boolean isLastOfItsRevision(HoldEvent event) {
        return event instanceof Announced
                || event instanceof Corrupt
                || (event instanceof Expired && newest.revision() == event.revision() && newest.isComplete());
    }

    private HoldEventId id(long revision, long serial, boolean complete) {
        return new HoldEventId(epoch, revision, serial << 1 | (complete ? 1 : 0));
    }

    private void end(Hold hold) {
        Held now = held.get(hold.file());
        if (now != null && now.hold.revision() <= hold.revision()) {
            held.remove(hold.file());
        }
    }
}
