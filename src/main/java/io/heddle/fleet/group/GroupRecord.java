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
 * A group as its record in the bucket says: what is wanted, and the changes that are not carried out yet. Every method that
 * changes something returns another record, in which the change is noted as work to do.
 *
 * @param deleting whether it goes away as soon as the last change is carried out
 */
public record GroupRecord(
        NavigableSet<String> members,
        NavigableMap<String, StoredShare> shares,
        List<GroupChange> changes,
        boolean deleting) {

    public static final GroupRecord EMPTY = new GroupRecord(new TreeSet<>(), new TreeMap<>(), List.of(), false);

    /** Who makes a change, and its name. */
    public record Author(String change, String replica) {}

    /** Takes the collections over: nobody changes them afterwards. A copy of ten thousand names for each step would be felt. */
    public GroupRecord {
        members = Collections.unmodifiableNavigableSet(members);
        shares = Collections.unmodifiableNavigableMap(shares);
        changes = List.copyOf(changes);
    }

    /** Joiners get the group's shares; leavers lose them, and those that the group was about to take back. */
    public GroupRecord withMembers(Set<String> wanted, Author author) {
        NavigableSet<String> moved = new TreeSet<>(wanted);
        moved.removeAll(members);
        members.stream().filter(vm -> !wanted.contains(vm)).forEach(moved::add);
        GroupRecord next = new GroupRecord(new TreeSet<>(wanted), shares, changes, false);
        return moved.isEmpty() ? next : next.plus(author, moved, everyMountPoint());
    }

    /** Every member gets the share, also when the group gave the same one before: repeating it is safe, and heals. */
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

    /** Every member loses the share. Nothing changes when the group does not give it. */
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

    /** Everyone leaves, and then the record goes. */
    public GroupRecord deleted(Author author) {
        GroupRecord left = withMembers(Set.of(), author);
        return new GroupRecord(left.members, new TreeMap<>(), left.changes, true);
    }

    /** The change is carried out, but for the VMs that failed. */
    public GroupRecord finished(Author author, Collection<String> failed) {
        return replace(author, change -> failed.isEmpty() ? null : change.withVms(new TreeSet<>(failed)));
    }

    /** The replica says that it is still at it. */
    GroupRecord beaten(Author author) {
        return replace(author, change -> change.takenBy(author.replica()));
    }

    /** A replica takes a change over from another one that left it as it is. Nothing changes when it is not like that any more. */
    GroupRecord taken(GroupChange from, String replica) {
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

    /** Whether that replica is at that change. */
    boolean isAt(Author author) {
        GroupChange change = change(author.change());
        return change != null && change.by().equals(author.replica());
    }

    /** VMs that are no members any more and whose unmounts are not acknowledged yet. */
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

    /** Whether nothing is left of it. */
    public boolean isOver() {
        return deleting && changes.isEmpty();
    }

    private GroupRecord plus(
            Author author, @Nullable NavigableSet<String> vms, NavigableMap<String, String> mountPoints) {
        if (mountPoints.isEmpty() || (vms == null && members.isEmpty())) {
            return this; // nobody to tell, or nothing
        }
        List<GroupChange> more = new ArrayList<>(changes);
        more.add(new GroupChange(author.change(), author.replica(), 0, vms, mountPoints));
        return new GroupRecord(members, shares, more, deleting);
    }

    /** @param step gives null to remove the change */
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

    /** What a VM of this group may have by now: what the group gives, and what it is still taking back. */
    private NavigableMap<String, String> everyMountPoint() {
        NavigableMap<String, String> all = new TreeMap<>();
        changes.forEach(change -> all.putAll(change.mountPoints()));
        shares.forEach((id, share) -> all.put(id, share.shown().mountPoint()));
        return all;
    }
}
