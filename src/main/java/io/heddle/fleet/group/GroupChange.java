package io.heddle.fleet.group;

import java.util.Collections;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Work that a group's record still asks for: to these VMs, publish what is wanted of these shares <b>now</b>. It says where to
 * look and not what to find there, so it may be carried out at any time, twice, and by two replicas.
 *
 * @param id names it for good
 * @param by the replica that is at it
 * @param beat grows while that replica is alive
 * @param vms the VMs; null for all members of the group
 * @param mountPoints the ids of the shares, and where each was mounted last: an unmount has to carry it
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
