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
 * Groups of VMs that get the same shares. A change is written into the group's record first, and then published to the VMs, by
 * this process or, should it die, by another replica: once a call has given its {@link Update} the change takes place whatever
 * happens. Every call may be repeated.
 *
 * <p>When several groups of a VM give a share of the same id, the version that was given last counts, and the share stays until
 * the last of them takes it away.
 *
 * <p>Calls fail with {@link GroupConflictException} when somebody else changed the same thing in the same moment,
 * {@link GroupLimitException}, {@link io.heddle.nats.JetStreamUnavailableException} where the broker has no JetStream,
 * {@link io.heddle.nats.NatsUnavailableException} when nothing was sent, and {@link io.heddle.nats.NoAnswerException} when it is
 * not known whether the change was written. They throw {@link IllegalArgumentException} for names that are none. Thread-safe,
 * never blocks.
 */
public final class Groups {

    /** Unfinished changes of one group; more of them mean that the broker refuses what we publish. */
    private static final int MAX_CHANGES = 64;

    private final GroupStore store;
    private final GroupIndex index;
    private final GroupRuns runs;
    private final FleetConfig config;
    private final JetStreamApi api;
    private final ShareStream stream;

    /** A change that is written, and its way to the VMs. */
    public record Update(Group group, FanOut fanOut) {}

    Groups(GroupRuns runs, GroupRun.Services services, JetStreamApi api, ShareStream stream) {
        this.store = services.store();
        this.index = services.index();
        this.runs = runs;
        this.config = services.config();
        this.api = api;
        this.stream = stream;
    }

    /** The newest state of a group. Fails with {@link GroupNotFoundException}. */
    public Uni<Group> get(String name) {
        return store.read(Group.requireName(name))
                .map(found -> Group.of(name, existing(name, found.group()), found.revision()));
    }

    /**
     * Groups by name.
     *
     * @param after the name after which the list begins; empty for the first
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

    /** Makes a group, or replaces its members; its shares stay. */
    public Uni<Update> put(String name, Collection<String> vms) {
        NavigableSet<String> wanted = checked(vms);
        return change(
                name,
                (group, author) -> (group == null ? GroupRecord.EMPTY : group).withMembers(wanted, author),
                group -> group == null ? null : group.members());
    }

    /** Adds and removes members. Of two calls in the same moment both take place. Fails with {@link GroupNotFoundException}. */
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

    /** Everyone leaves; the group is gone when their unmounts are acknowledged. Fails with {@link GroupNotFoundException}. */
    public Uni<Update> delete(String name) {
        return change(name, (group, author) -> existing(name, group).deleted(author), group -> null);
    }

    /**
     * Gives a share to every member, now and to those who join later.
     *
     * @param share validated by the caller; a mount
     */
    public Uni<Update> putShare(String name, ShareMount share) {
        StoredShare kept = StoredShare.of(share, 0);
        return change(
                name,
                // No version of this share that was written before, in whatever group, has a higher order.
                (group, author) -> living(name, group).withShare(kept.ordered(order(group)), author),
                group -> version(group, share.id()));
    }

    /** Takes a share from every member. Does nothing when the group does not give it. Fails with {@link GroupNotFoundException}. */
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
        return stream.ensure(api)
                // Every version that was written before this call is known by then, so that this one is the newest.
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

    /** One that is about to go takes no new shares and members. */
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
