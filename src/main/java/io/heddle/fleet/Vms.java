package io.heddle.fleet;

import io.heddle.fleet.vm.DesiredFeed;
import io.heddle.fleet.vm.StatusFeed;
import io.heddle.fleet.vm.VmTable;
import io.smallrye.mutiny.Multi;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The status of all VMs: the desired state from the stream, and the state that their node agents report. Every replica reads the
 * same messages, so all return the same, except for {@code last_seen} (each has its own clock) and in the first
 * {@code heddle.fleet.silent-after} after a start, when no VM is silent yet. Thread-safe, never blocks.
 */
public final class Vms {

    private static final Duration INTERVAL = Duration.ofMillis(250);

    private final VmTable table;
    private final DesiredFeed desired;
    private final StatusFeed statuses;

    Vms(VmTable table, DesiredFeed desired, StatusFeed statuses) {
        this.table = table;
        this.desired = desired;
        this.statuses = statuses;
    }

    /** Whether the desired state was read completely; until then VMs and shares may be missing. */
    public boolean isComplete() {
        return desired.isComplete();
    }

    /**
     * Forgets a VM in this replica, until it reports or gets a share again.
     *
     * @return whether it was known
     */
    public boolean forget(String vm) {
        return table.forget(vm);
    }

    /** Returns one VM; empty when it has no desired share and never reported. */
    public Optional<VmView> get(String vm) {
        return Optional.ofNullable(table.view(vm));
    }

    /**
     * Returns VMs in the order of their ids.
     *
     * @param after the id after which the list starts; empty for the first
     * @param problemsOnly only those whose node agent is late or silent, or reports another state than desired
     */
    public List<VmView> page(String after, int limit, boolean problemsOnly) {
        return table.page(after, limit, problemsOnly);
    }

    /**
     * Streams the VMs that changed after a cursor, then {@link VmEvent.Synced}, then later changes, collected for 250 ms. A slow
     * subscriber gets each changed VM once, in its latest state.
     *
     * @param after the cursor of the last event that the subscriber has; 0 for all VMs. Cursors are valid in this process only
     */
    public Multi<VmEvent> events(long after) {
        return Multi.createFrom().deferred(() -> {
            long[] cursor = {after};
            boolean[] synced = {false};
            return Multi.createFrom()
                    .ticks()
                    .every(INTERVAL)
                    .onOverflow()
                    .drop()
                    .onItem()
                    .transformToMultiAndConcatenate(tick -> {
                        long upTo = table.lastChange();
                        Multi<VmEvent> changes = Multi.createFrom()
                                .iterable(table.changes(cursor[0], upTo))
                                .map(this::event);
                        cursor[0] = upTo;
                        if (synced[0]) {
                            return changes;
                        }
                        synced[0] = true;
                        return Multi.createBy()
                                .concatenating()
                                .streams(changes, Multi.createFrom().item(new VmEvent.Synced(upTo)));
                    });
        });
    }

    /** The number of the newest event that a subscriber can have. */
    public long lastChange() {
        return table.lastChange();
    }

    /** How a group's shares stand on its members. */
    public GroupStatus status(Group group) {
        return GroupStatus.of(group, table::view);
    }

    /** How many VMs are known. */
    public int size() {
        return table.size();
    }

    /** How many VMs have an agent of which this can be said; as of a second ago at most. */
    public int count(NodeAgentPresence presence) {
        return table.counts().getOrDefault(presence, 0);
    }

    /** How many reports could not be used: no status, too large, or of another VM than the subject says. */
    public long badStatuses() {
        return statuses.bad();
    }

    /** How many reports were dropped unread because they came too fast. */
    public long droppedStatuses() {
        return statuses.dropped();
    }

    private VmEvent event(Map.Entry<Long, String> change) {
        VmView vm = table.view(change.getValue());
        return vm == null
                ? new VmEvent.Removed(change.getKey(), change.getValue())
                : new VmEvent.Changed(change.getKey(), vm);
    }
}
