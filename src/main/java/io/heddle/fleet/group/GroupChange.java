package io.heddle.fleet.group;

import java.util.Collections;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Unfinished work of a group's record: publish the <b>current</b> desired state of these shares to these VMs. It is a scope, not a
 * state, so it may be carried out at any time, more than once, and by several replicas.
 *
 * @param id identifies the change
 * @param by the replica that carries it out
 * @param beat the heartbeat: rises while that replica works on the change
 * @param vms the VMs; null for all members of the group
 * @param mountPoints the ids of the shares with their last mount points: an unmount carries it
 */
public record GroupChange(
        String id, String by, int beat, @Nullable NavigableSet<String> vms, NavigableMap<String, String> mountPoints) {

    public GroupChange {
        vms = vms == null ? null : Collections.unmodifiableNavigableSet(new TreeSet<>(vms));
        mountPoints = Collections.unmodifiableNavigableMap(new TreeMap<>(mountPoints));
    }

    GroupChange takenBy(String replica) {
        return new GroupChange(id, replica, beat + 1, vms, mountPoints);
    }

    GroupChange withVms(NavigableSet<String> those) {
        return new GroupChange(id, by, beat + 1, those, mountPoints);
    }
}
