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
 * How all VMs stand: what the stream says is wanted there, and what their agents report. Every replica reads the same stream and
 * hears the same reports, so all say the same, but for {@code last_seen} (each has its own clock) and for the first
 * {@code heddle.fleet.silent-after} of a replica's life, in which it calls nobody silent. Thread-safe, never blocks.
 */
public final class Vms {

    private static final Duration EVERY = Duration.ofMillis(250);

    private final VmTable table;
    private final DesiredFeed desired;
    private final StatusFeed statuses;

    Vms(VmTable table, DesiredFeed desired, StatusFeed statuses) {
        this.table = table;
        this.desired = desired;
        this.statuses = statuses;
    }

    /** Whether what is wanted was read completely; before that VMs and shares may be missing. */
    public boolean isComplete() {
        return desired.isComplete();
    }

    /** One VM; empty when nothing was ever wanted there and it never reported. */
    public Optional<VmView> get(String vm) {
        return Optional.ofNullable(table.view(vm));
    }

    /**
     * VMs by id.
     *
     * @param after the id after which the list begins; empty for the first
     * @param problemsOnly only those whose agent is late or silent, or reports something else than what is wanted
     */
    public List<VmView> page(String after, int limit, boolean problemsOnly) {
        return table.page(after, limit, problemsOnly);
    }

    /**
     * The VMs that changed after a number, {@link VmEvent.Synced}, and then what changes, gathered for a quarter of a second. A
     * subscriber may be as slow as it likes: it gets each VM once, as it is by then.
     *
     * @param after the number of the last event that the subscriber has; 0 for the state of all VMs. Numbers are this process's
     *     own
     */
    public Multi<VmEvent> events(long after) {
        return Multi.createFrom().deferred(() -> {
            long[] cursor = {after};
            boolean[] synced = {false};
            return Multi.createFrom()
                    .ticks()
                    .every(EVERY)
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
