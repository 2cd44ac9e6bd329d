package io.heddle.fleet;

import io.heddle.fleet.group.GroupChange;
import io.heddle.fleet.group.GroupIndex;
import io.heddle.fleet.group.GroupRecord;
import io.heddle.fleet.group.GroupRecord.Author;
import io.heddle.fleet.group.GroupRun;
import io.heddle.fleet.group.GroupRuns;
import io.heddle.fleet.group.GroupStore;
import io.heddle.fleet.group.GroupStore.Edit;
import io.heddle.fleet.group.StoredShare;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareStream;
import io.heddle.mount.ShareSubjects;
import io.heddle.stream.request.JetStreamApi;
import io.nats.client.NUID;
import io.smallrye.mutiny.Uni;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Groups of VMs that get the same shares. A change is stored in the group's record first and then published to the VMs, by this
 * process or, if it dies, by another replica: a change whose call returned an {@link Update} is carried out. Every call is
 * idempotent.
 *
 * <p>When several groups of a VM give a share with the same id, the latest version applies, and the share stays until the last
 * of them removes it.
 *
 * <p>Calls fail with {@link GroupConflictException} when another client changed the same part of the group concurrently,
 * {@link GroupLimitException}, {@link io.heddle.nats.JetStreamUnavailableException} where the broker has no JetStream,
 * {@link io.heddle.nats.NatsUnavailableException} when nothing was sent, and {@link io.heddle.nats.NoAnswerException} when it is
 * unknown whether the change was stored. They throw {@link IllegalArgumentException} for invalid names. Thread-safe, never blocks.
 */
public final class Groups {

    /** The most unfinished changes of one group; more mean that the broker refuses the publishes. */
    private static final int MAX_CHANGES = 64;

    private final GroupStore store;
    private final GroupIndex index;
    private final GroupRuns runs;
    private final FleetConfig config;
    private final JetStreamApi api;
    private final ShareStream stream;

    /** A stored change and its fan-out to the VMs. */
    public record Update(Group group, FanOut fanOut) {}

    Groups(GroupRuns runs, GroupRun.Services services, JetStreamApi api, ShareStream stream) {
        this.store = services.store();
        this.index = services.index();
        this.runs = runs;
        this.config = services.config();
        this.api = api;
        this.stream = stream;
    }

    /** Returns the latest state of a group, read from the stream leader. Fails with {@link GroupNotFoundException}. */
    public Uni<Group> get(String name) {
        return store.read(Group.requireName(name))
                .map(found -> Group.of(name, existing(name, found.group()), found.revision()));
    }

    /**
     * Returns groups in the order of their names.
     *
     * @param after the name after which the list starts; empty for the first
     */
    public Uni<List<Group>> list(String after, int limit) {
        return index.settled()
                .map(done -> index.look(view -> view.groups().tailMap(after + '\0').entrySet().stream()
                        .limit(limit)
                        .map(entry -> Group.of(
                                entry.getKey(),
                                existing(entry.getKey(), entry.getValue().group()),
                                entry.getValue().revision()))
                        .toList()));
    }

    /** Creates a group, or replaces its members; its shares stay. */
    public Uni<Update> put(String name, Collection<String> vms) {
        NavigableSet<String> members = checked(vms);
        return change(
                name,
                (group, author) -> (group == null ? GroupRecord.EMPTY : group).withMembers(members, author),
                group -> group == null ? null : group.members());
    }

    /** Adds and removes members; concurrent calls are merged. Fails with {@link GroupNotFoundException}. */
    public Uni<Update> patch(String name, Collection<String> add, Collection<String> remove) {
        NavigableSet<String> joining = checked(add);
        NavigableSet<String> leaving = checked(remove);
        return change(
                name,
                (group, author) -> {
                    NavigableSet<String> members =
                            new TreeSet<>(living(name, group).members());
                    members.removeAll(leaving);
                    members.addAll(joining);
                    return living(name, group).withMembers(members, author);
                },
                group -> null);
    }

    /** Removes all members, and the group once their unmounts are acknowledged. Fails with {@link GroupNotFoundException}. */
    public Uni<Update> delete(String name) {
        return change(name, (group, author) -> existing(name, group).deleted(author), group -> null);
    }

    /**
     * Gives a share to every member, and to VMs that join later.
     *
     * @param share validated by the caller; a mount
     */
    public Uni<Update> putShare(String name, ShareMount share) {
        StoredShare kept = StoredShare.of(share, 0);
        return change(
                name,
                // No earlier version of this share, in any group, has a higher order.
                (group, author) -> living(name, group).withShare(kept.ordered(order(group)), author),
                group -> version(group, share.id()));
    }

    /** Removes a share from every member; does nothing when the group does not have it. Fails with {@link GroupNotFoundException}. */
    public Uni<Update> removeShare(String name, String shareId) {
        return change(
                name,
                (group, author) -> existing(name, group).withoutShare(shareId, author),
                group -> version(group, shareId));
    }

    private Uni<Update> change(
            String name,
            BiFunction<@Nullable GroupRecord, Author, GroupRecord> step,
            Function<@Nullable GroupRecord, @Nullable Object> premise) {
        Group.requireName(name);
        Author author = new Author(NUID.nextGlobal(), runs.replica());
        return api.ensureStream(stream.configuration())
                // The index then contains every version stored before this call, so this one gets the highest order.
                .chain(index::settled)
                .chain(() -> index.edit(name, new AuthoredEdit(author, step, premise)))
                .map(found -> {
                    GroupRecord record = found.group() == null ? GroupRecord.EMPTY : found.group();
                    GroupChange change = record.change(author.change());
                    FanOut fanOut = change == null ? FanOut.nothing() : runs.start(name, record, change);
                    return new Update(Group.of(name, record, found.revision()), fanOut);
                });
    }

    private long order(@Nullable GroupRecord group) {
        long own = group == null
                ? 0
                : group.shares().values().stream()
                        .mapToLong(StoredShare::order)
                        .max()
                        .orElse(0);
        return Math.max(index.revision(), own) + 1;
    }

    private static @Nullable Object version(@Nullable GroupRecord group, String shareId) {
        StoredShare share = group == null ? null : group.shares().get(shareId);
        return share == null ? null : ByteBuffer.wrap(share.message());
    }

    private static GroupRecord existing(String name, @Nullable GroupRecord group) {
        if (group == null) {
            throw new GroupNotFoundException(name);
        }
        return group;
    }

    /** A group that is being deleted accepts no shares and members. */
    private static GroupRecord living(String name, @Nullable GroupRecord group) {
        GroupRecord existing = existing(name, group);
        if (existing.deleting()) {
            throw new GroupNotFoundException(name);
        }
        return existing;
    }

    private static NavigableSet<String> checked(Collection<String> vms) {
        NavigableSet<String> ids = new TreeSet<>();
        vms.forEach(vm -> ids.add(ShareSubjects.requireVmId(vm)));
        return ids;
    }

    private GroupRecord withinLimits(GroupRecord group) {
        require("vms", group.members().size(), config.maxGroupSize());
        require("shares", group.shares().size(), config.maxGroupShares());
        require("changes", group.changes().size(), MAX_CHANGES);
        return group;
    }

    private static void require(String field, int size, int limit) {
        if (size > limit) {
            throw new GroupLimitException(field, "the group would have " + size + " " + field + ", more than " + limit);
        }
    }

    private final class AuthoredEdit implements Edit {

        private final Author author;
        private final BiFunction<@Nullable GroupRecord, Author, GroupRecord> step;
        private final Function<@Nullable GroupRecord, @Nullable Object> premise;

        AuthoredEdit(
                Author author,
                BiFunction<@Nullable GroupRecord, Author, GroupRecord> step,
                Function<@Nullable GroupRecord, @Nullable Object> premise) {
            this.author = author;
            this.step = step;
            this.premise = premise;
        }

        @Override
        public @Nullable GroupRecord apply(@Nullable GroupRecord group) {
            GroupRecord next = withinLimits(step.apply(group, author));
            return next.isOver() ? null : next;
        }

        @Override
        public @Nullable Object premise(@Nullable GroupRecord group) {
            return premise.apply(group);
        }

        @Override
        public boolean isIn(@Nullable GroupRecord group) {
            return group != null && group.change(author.change()) != null;
        }
    }
}
