package io.heddle.fleet.group;

import static io.heddle.fleet.publish.FleetLog.LOG;

import io.heddle.fleet.CorruptGroupException;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NoAnswerException;
import io.heddle.stream.StreamSignal;
import io.heddle.stream.StreamSource;
import io.heddle.stream.kv.KvBucket;
import io.heddle.stream.kv.KvEntry;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The local index of all groups, fed by one watch of the bucket: every replica has all groups, so that each can resume every
 * change. Thread-safe.
 */
public final class GroupIndex implements AutoCloseable {

    private static final Duration SETTLE_LIMIT = Duration.ofSeconds(5);
    private static final Duration RETRY_DELAY = Duration.ofSeconds(1);

    private final NatsConnection connection;
    private final GroupStore store;
    private final NavigableMap<String, GroupStore.Found> groups = new TreeMap<>();
    private final Map<String, Set<String>> groupsOf = new HashMap<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private boolean complete;
    private long sequence;
    private long version;
    private @Nullable Cancellable watch;

    /** A caller that waits until the index contains everything up to a sequence. */
    private record Waiting(long sequence, UniEmitter<? super Void> emitter) {}

    /** A consistent view of the index, valid during one {@link #look}. */
    public interface View {

        /** All groups by name. */
        NavigableMap<String, GroupStore.Found> groups();

        /** Changes whenever the content changes. */
        long version();

        /** Returns the latest version of a share that a VM's groups give; null when none gives it. */
        @Nullable
        StoredShare desired(String vm, String shareId);

        @Nullable
        default GroupRecord group(String name) {
            GroupStore.Found found = groups().get(name);
            return found == null ? null : found.group();
        }
    }

    public GroupIndex(NatsConnection connection, GroupStore store) {
        this.connection = connection;
        this.store = store;
    }

    public void start() {
        KvBucket bucket = store.bucket();
        watch = new StreamSource(connection, bucket.watch(store::blueprint))
                .subscribe()
                .onItem()
                .invoke(this::accept)
                .onFailure()
                .invoke(failure -> {
                    LOG.groupsNotWatched(bucket.stream(), String.valueOf(failure.getMessage()));
                    forget();
                })
                .onFailure()
                .retry()
                .withBackOff(RETRY_DELAY, RETRY_DELAY.multipliedBy(2))
                .indefinitely()
                .subscribe()
                .with(signal -> {}, LOG::tickFailed);
    }

    @Override
    public void close() {
        if (watch != null) {
            watch.cancel();
        }
    }

    /**
     * Waits until the index contains everything that is in the bucket now. A message that was published before this call and
     * contradicts the index afterwards is outdated.
     */
    public Uni<Void> settled() {
        return store.lastSequence().chain(this::reached).emitOn(Infrastructure.getDefaultExecutor());
    }

    /** Changes a group, starting from the record in the index: that saves a read. */
    public Uni<GroupStore.Found> edit(String name, GroupStore.Edit edit) {
        return Uni.createFrom().deferred(() -> {
            GroupStore.Found known;
            synchronized (this) {
                known = complete ? groups.get(name) : null;
            }
            return store.edit(name, known, edit).invoke(found -> remember(name, found));
        });
    }

    /** Applies a short function to a consistent view; updates wait meanwhile. */
    public synchronized <T> T look(Function<View, T> look) {
        return look.apply(new Now());
    }

    /** The latest revision of the bucket in the index. */
    public synchronized long revision() {
        return sequence;
    }

    private Uni<Void> reached(long target) {
        Uni<Void> known = Uni.createFrom().emitter(emitter -> {
            synchronized (this) {
                if (!complete || sequence < target) {
                    waiting.add(new Waiting(target, emitter));
                    return;
                }
            }
            emitter.complete(null);
        });
        return known.ifNoItem()
                .after(SETTLE_LIMIT)
                .failWith(() -> new NoAnswerException(
                        store.bucket().stream(), new TimeoutException("the groups could not be read")));
    }

    private void accept(StreamSignal signal) {
        if (signal instanceof StreamSignal.Message message) {
            changed(store.bucket().entry(message));
        } else if (signal instanceof StreamSignal.CaughtUp end) {
            synchronized (this) {
                complete = true;
                sequence = Math.max(sequence, end.sequence());
            }
        } else if (signal instanceof StreamSignal.Restarted) {
            forget();
        }
        wake();
    }

    /** Adds this process's own write before the watch delivers it. */
    private synchronized void remember(String name, GroupStore.Found found) {
        GroupStore.Found known = groups.get(name);
        if (complete && known != null && found.group() != null && known.revision() < found.revision()) {
            groups.put(name, found);
            version++;
            members(name, known.group(), found.group());
        }
    }

    private synchronized boolean isKnown(KvEntry entry) {
        GroupStore.Found known = groups.get(entry.key());
        if (known == null || known.revision() != entry.revision()) {
            return false;
        }
        sequence = Math.max(sequence, entry.revision());
        return true;
    }

    private void changed(KvEntry entry) {
        if (isKnown(entry)) {
            return;
        }
        GroupStore.Found found;
        try {
            found = store.found(entry.key(), entry);
        } catch (CorruptGroupException e) {
            LOG.corruptGroup(entry.key(), String.valueOf(e.getMessage()));
            found = new GroupStore.Found(null, entry.revision());
        }
        synchronized (this) {
            sequence = Math.max(sequence, entry.revision());
            GroupStore.Found known = groups.get(entry.key());
            if (known != null && known.revision() >= entry.revision()) {
                return; // this process wrote this version or a later one
            }
            GroupStore.Found was = found.group() == null ? groups.remove(entry.key()) : groups.put(entry.key(), found);
            version++;
            members(entry.key(), was == null ? null : was.group(), found.group());
        }
    }

    private void members(String name, @Nullable GroupRecord was, @Nullable GroupRecord is) {
        Set<String> before = was == null ? Set.of() : was.members();
        Set<String> after = is == null ? Set.of() : is.members();
        if (before.equals(after)) {
            return;
        }
        for (String vm : before) {
            if (!after.contains(vm)) {
                groupsOf.computeIfPresent(vm, (id, names) -> {
                    Set<String> fewer = new TreeSet<>(names);
                    fewer.remove(name);
                    return fewer.isEmpty() ? null : fewer;
                });
            }
        }
        for (String vm : after) {
            if (!before.contains(vm)) {
                groupsOf.merge(vm, Set.of(name), (names, more) -> {
                    Set<String> all = new TreeSet<>(names);
                    all.add(name);
                    return all;
                });
            }
        }
    }

    private synchronized void forget() {
        complete = false;
        sequence = 0;
        version++;
        groups.clear();
        groupsOf.clear();
    }

    private void wake() {
        List<Waiting> ready = new ArrayList<>();
        synchronized (this) {
            if (!complete) {
                return;
            }
            for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
                Waiting one = all.next();
                if (one.sequence() <= sequence) {
                    all.remove();
                    ready.add(one);
                }
            }
        }
        ready.forEach(one -> one.emitter().complete(null));
    }

    private final class Now implements View {

        @Override
        public NavigableMap<String, GroupStore.Found> groups() {
            return groups;
        }

        @Override
        public long version() {
            return version;
        }

        @Override
        public @Nullable StoredShare desired(String vm, String shareId) {
            StoredShare newest = null;
            for (String name : groupsOf.getOrDefault(vm, Collections.emptySet())) {
                StoredShare share = Objects.requireNonNull(group(name)).shares().get(shareId);
                if (share != null && (newest == null || share.order() >= newest.order())) {
                    newest = share;
                }
            }
            return newest;
        }
    }
}
