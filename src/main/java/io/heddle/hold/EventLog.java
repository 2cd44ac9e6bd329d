package io.heddle.hold;

import io.heddle.hold.HoldEvent.Announced;
import io.heddle.hold.HoldEvent.Expired;
import io.heddle.hold.HoldEvent.Released;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What subscribers of one bucket begin with: the holds as they are, and the last events for those who come back. Fed with
 * every event. Not thread-safe.
 */
final class EventLog {

    private final int room;
    private final Map<FilePath, Hold> held = new LinkedHashMap<>();
    private final Deque<HoldEvent> events = new ArrayDeque<>();
    private boolean synced;
    private long position;
    /** Whoever has seen everything up to here can be served from the events. */
    private long floor;

    /** @param room how many events are kept */
    EventLog(int room) {
        this.room = room;
    }

    void add(HoldEvent event) {
        if (event instanceof Announced announced) {
            held.put(announced.file(), announced.hold());
        } else if (event instanceof Released released) {
            end(released.hold());
        } else if (event instanceof Expired expired) {
            end(expired.hold());
        }
        position = Math.max(position, event.revision());
        if (synced) {
            events.addLast(event);
            if (events.size() > room) {
                floor = events.removeFirst().revision();
            }
        }
    }

    /** Complete up to here. */
    void caughtUp(long revision) {
        position = Math.max(position, revision);
        if (!synced) {
            synced = true;
            floor = position;
        }
    }

    boolean isSynced() {
        return synced;
    }

    /** What is held, and that it is complete. */
    List<HoldEvent> snapshot() {
        List<HoldEvent> all = new ArrayList<>(held.size() + 1);
        held.values().forEach(hold -> all.add(new Announced(hold, false)));
        all.add(new HoldEvent.Synced(position));
        return all;
    }

    /** What happened after a revision; empty when that is not known any more, or not yet. */
    Optional<List<HoldEvent>> since(long after) {
        if (after < floor || after > position) {
            return Optional.empty();
        }
        return Optional.of(events.stream()
                .filter(event -> event.revision() > after || (event instanceof Expired && event.revision() == after))
                .toList());
    }

    /** The snapshot for somebody who knows something else. */
    List<HoldEvent> reset() {
        List<HoldEvent> all = new ArrayList<>(held.size() + 2);
        all.add(new HoldEvent.Reset(position));
        all.addAll(snapshot());
        return all;
    }

    private void end(Hold hold) {
        held.computeIfPresent(hold.file(), (file, now) -> now.revision() <= hold.revision() ? null : now);
    }
}
