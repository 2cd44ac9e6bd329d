package io.heddle.fleet.group;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A group's record in the bucket: the desired state, and the changes that are not carried out yet. Every method that changes
 * something returns a new record that contains the change as unfinished work.
 *
 * @param deleting whether the record is deleted once the last change is carried out
 */
public record GroupRecord(
        NavigableSet<String> members,
        NavigableMap<String, StoredShare> shares,
        List<GroupChange> changes,
        boolean deleting) {

    public static final GroupRecord EMPTY = new GroupRecord(new TreeSet<>(), new TreeMap<>(), List.of(), false);

    /** The id of a change, and the replica that makes it. */
    public record Author(String change, String replica) {}

    /** Takes ownership of the collections: copying ten thousand names for each step would be slow. */
    public GroupRecord {
        members = Collections.unmodifiableNavigableSet(members);
        shares = Collections.unmodifiableNavigableMap(shares);
        changes = List.copyOf(changes);
    }

    /** Sets the members. VMs that join get the group's shares; VMs that leave lose them, and those that the group was removing. */
    public GroupRecord withMembers(Set<String> next, Author author) {
        NavigableSet<String> moved = new TreeSet<>(next);
        moved.removeAll(members);
        members.stream().filter(vm -> !next.contains(vm)).forEach(moved::add);
        GroupRecord changed = new GroupRecord(new TreeSet<>(next), shares, changes, false);
        return moved.isEmpty() ? changed : changed.plus(author, moved, everyMountPoint());
    }

    /** Adds a share, or publishes the same one again: repeating is safe and repairs lost messages. */
    public GroupRecord withShare(StoredShare share, Author author) {
        NavigableMap<String, StoredShare> more = new TreeMap<>(shares);
        more.put(share.shown().id(), share);
        return new GroupRecord(members, more, changes, deleting)
                .plus(
                        author,
                        null,
                        new TreeMap<>(Collections.singletonMap(
                                share.shown().id(), share.shown().mountPoint())));
    }

    /** Removes a share. Returns the same record when the group does not have it. */
    public GroupRecord withoutShare(String id, Author author) {
        StoredShare was = shares.get(id);
        if (was == null) {
            return this;
        }
        NavigableMap<String, StoredShare> fewer = new TreeMap<>(shares);
        fewer.remove(id);
        return new GroupRecord(members, fewer, changes, deleting)
                .plus(
                        author,
                        null,
                        new TreeMap<>(Collections.singletonMap(id, was.shown().mountPoint())));
    }

    /** Removes all members, then the record. */
    public GroupRecord deleted(Author author) {
        GroupRecord left = withMembers(Set.of(), author);
        return new GroupRecord(left.members, new TreeMap<>(), left.changes, true);
    }

    /** Marks a change as carried out, except for the VMs that failed. */
    public GroupRecord finished(Author author, Collection<String> failed) {
        return replace(author, change -> failed.isEmpty() ? null : change.withVms(new TreeSet<>(failed)));
    }

    /** Renews the heartbeat of a replica that carries out a change. */
    GroupRecord withHeartbeat(Author author) {
        return replace(author, change -> change.takenBy(author.replica()));
    }

    /** Assigns a change to another replica. Returns the same record when the change differs from {@code from}. */
    GroupRecord takenOver(GroupChange from, String replica) {
        return changes.contains(from)
                ? replace(new Author(from.id(), from.by()), change -> change.takenBy(replica))
                : this;
    }

    public @Nullable GroupChange change(String id) {
        return changes.stream()
                .filter(change -> change.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    /** Whether that replica carries out that change. */
    boolean isAt(Author author) {
        GroupChange change = change(author.change());
        return change != null && change.by().equals(author.replica());
    }

    /** Former members whose unmounts are not acknowledged yet. */
    public NavigableSet<String> leaving() {
        NavigableSet<String> leaving = new TreeSet<>();
        changes.forEach(change -> {
            if (change.vms() != null) {
                leaving.addAll(change.vms());
            }
        });
        leaving.removeAll(members);
        return leaving;
    }

    /** Whether the record can be deleted. */
    public boolean isOver() {
        return deleting && changes.isEmpty();
    }

    private GroupRecord plus(
            Author author, @Nullable NavigableSet<String> vms, NavigableMap<String, String> mountPoints) {
        if (mountPoints.isEmpty() || (vms == null && members.isEmpty())) {
            return this; // nothing to publish
        }
        List<GroupChange> more = new ArrayList<>(changes);
        more.add(new GroupChange(author.change(), author.replica(), 0, vms, mountPoints));
        return new GroupRecord(members, shares, more, deleting);
    }

    /** @param step returns null to remove the change */
    private GroupRecord replace(Author author, UnaryOperator<@Nullable GroupChange> step) {
        if (!isAt(author)) {
            return this;
        }
        List<GroupChange> next = new ArrayList<>();
        for (GroupChange change : changes) {
            GroupChange replaced = change.id().equals(author.change()) ? step.apply(change) : change;
            if (replaced != null) {
                next.add(replaced);
            }
        }
        return new GroupRecord(members, shares, next, deleting);
    }

    /** The mount points that a VM of this group may have: of the group's shares, and of those being removed. */
    private NavigableMap<String, String> everyMountPoint() {
        NavigableMap<String, String> all = new TreeMap<>();
        changes.forEach(change -> all.putAll(change.mountPoints()));
        shares.forEach((id, share) -> all.put(id, share.shown().mountPoint()));
        return all;
    }
}
