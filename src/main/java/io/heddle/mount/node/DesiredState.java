package io.heddle.mount.node;

import io.heddle.mount.ShareMount;
import io.heddle.mount.feed.MessageOrder;
import io.heddle.mount.feed.Position;
import io.heddle.mount.feed.ShareMessage;
import io.heddle.mount.node.DesiredShare.Origin;
import io.heddle.stream.StreamIdentity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The desired state of this machine: the latest desired state of every share, unmounts included, combined from the boot file, the
 * state of previous runs, the bucket, the stream and core NATS.
 *
 * <p>During a replay the messages are collected separately and applied together when it has caught up, so that nothing is mounted that
 * a later message already replaced.
 *
 * <p>Not thread-safe: the node agent calls it from its serial pipeline.
 */
final class DesiredState {

    private final Recorder recorder;
    private final MessageOrder order = new MessageOrder();
    private final Map<String, DesiredShare> shares = new LinkedHashMap<>();
    private final Map<String, Received> replay = new LinkedHashMap<>();
    private final Map<String, Received> recorded = new LinkedHashMap<>();
    /** The shares that the boot file of this run lists: it would list them again at the next start. */
    private final Set<String> atBoot = new HashSet<>();

    private @Nullable StreamIdentity stream;
    private boolean replaying = true;

    /** Receives each message that is the latest on its share, or whose place became known. */
    interface Recorder {
        void latest(ShareMessage message, ShareMount share, Position position);
    }

    /** A message and what it says. */
    record Received(ShareMessage message, DesiredShare desired) {

        Received(ShareMessage message, ShareMount share, Origin origin, Position position) {
            this(message, new DesiredShare(share, origin, position, message.headers()));
        }

        String key() {
            return message.vmId() + " " + desired.share().id();
        }
    }

    DesiredState(Recorder recorder) {
        this.recorder = recorder;
    }

    /** Adds a share of the boot file. */
    void offerFromBootFile(ShareMount share) {
        atBoot.add(share.id());
        fold(DesiredShare.fromBootFile(share));
    }

    /**
     * Adds a message that core NATS delivered.
     *
     * @param time the broker's time, as well as it is known
     * @return whether it is the latest on its share
     */
    boolean offerFromCore(ShareMessage message, ShareMount share, Instant time) {
        DesiredShare known = shares.get(share.id());
        Position latest = known == null || known.origin() == Origin.BOOT_FILE ? null : known.position();
        Position position = order.delivered(share.id(), message, latest, time);
        return position != null && fold(new Received(message, share, Origin.CORE, position));
    }

    /**
     * Adds a message of the stream.
     *
     * @return true when it is to be applied now; false when it is old, or waits for the end of the replay
     */
    boolean offerFromStream(ShareMessage message, ShareMount share, long sequence, Instant time) {
        Received received = new Received(message, share, Origin.STREAM, Position.inStream(stream, sequence, time));
        if (replaying || stream == null) {
            // The stream's identity is known only at the end of the replay; a sequence is enough until then.
            replay.merge(
                    received.key(),
                    received,
                    (was, now) -> now.desired().position().sequence()
                                    < was.desired().position().sequence()
                            ? was
                            : new Received(now.message(), withKnownMountPoint(now.desired(), was.desired())));
            return false;
        }
        return relate(received, false);
    }

    /**
     * Adds an entry of the bucket.
     *
     * @param isReplay whether it waits for {@link #recordsRead}
     * @return true when it is to be applied now
     */
    boolean offerFromBucket(ShareMessage message, ShareMount share, Position position, boolean isReplay) {
        Received received = new Received(message, share, Origin.BUCKET, position);
        if (isReplay) {
            recorded.put(received.key(), received);
            return false;
        }
        // An unmount of an unknown share has nothing to unmount.
        return (share.isMount() || shares.containsKey(share.id())) && relate(received, false);
    }

    /** The entries of the bucket are complete. Returns the shares whose desired state is new. */
    List<DesiredShare> recordsRead() {
        List<Received> entries = new ArrayList<>(recorded.values());
        recorded.clear();
        Set<String> before = new HashSet<>(shares.keySet());
        entries.sort(Comparator.comparing(entry -> entry.desired().position().time()));
        List<DesiredShare> news = foldReplay(entries);
        // An unmount of an unknown share was only needed against older entries.
        List<DesiredShare> needless = news.stream()
                .filter(share -> !share.share().isMount()
                        && !before.contains(share.share().id()))
                .toList();
        needless.forEach(share -> forget(share.share().id()));
        news.removeAll(needless);
        return news;
    }

    /** The delivery was interrupted: the messages of the stream are collected until {@link #replayed}. */
    void interrupted() {
        replaying = true;
        order.interrupted();
    }

    /** The stream was replaced or rolled back, or is read again: drops what was collected. */
    void forgetReplay() {
        replay.clear();
        stream = null;
        order.restarted();
        replaying = true;
    }

    /**
     * The replay has caught up.
     *
     * @param current the stream that was read
     * @param last its last sequence
     * @return the shares whose desired state is new, in the order of the stream
     */
    List<DesiredShare> replayed(StreamIdentity current, long last) {
        replaying = false;
        stream = current;
        shares.replaceAll((id, known) ->
                current.equals(known.position().stream()) && known.position().sequence() > last
                        ? known.at(known.position().withoutStream())
                        : known);
        List<Received> messages = new ArrayList<>();
        for (Received held : replay.values()) {
            DesiredShare share = held.desired();
            Position place = share.position();
            messages.add(
                    new Received(held.message(), share.at(Position.inStream(current, place.sequence(), place.time()))));
        }
        replay.clear();
        messages.sort(Comparator.comparingLong(held -> held.desired().position().sequence()));
        List<DesiredShare> news = foldReplay(messages);
        Position now = Position.inStream(current, last, Instant.now());
        order.replayed(now);
        List.copyOf(shares.values()).stream()
                .filter(known -> known.position().stream() == null
                        && order.hasDelivered(known.share().id()))
                .map(known -> known.share().id())
                .forEach(id -> raise(id, order.latestDelivered(id), now.next(now.time())));
        return news;
    }

    private List<DesiredShare> foldReplay(List<Received> messages) {
        Set<String> changed = new LinkedHashSet<>();
        for (Received message : messages) {
            if (relate(message, true)) {
                changed.remove(message.desired().share().id());
                changed.add(message.desired().share().id());
            }
        }
        return new ArrayList<>(changed.stream().map(this::require).toList());
    }

    /** Adds a message with a known place; returns whether it changes the desired state. */
    private boolean relate(Received received, boolean isReplay) {
        ShareMessage message = received.message();
        String id = received.desired().share().id();
        Position position = received.desired().position();
        switch (order.relate(id, message, position, isReplay)) {
            case LATEST -> raise(id, message, position);
            case EARLIER -> raise(id, order.latestDelivered(id), position.next(position.time()));
            case NOT_DELIVERED -> {
                if (fold(received)) {
                    if (!isReplay) {
                        order.becameLatest(id, message, position, Instant.now());
                    }
                    return true;
                }
            }
        }
        return false;
    }

    /** The place of a share's latest message became known. */
    private void raise(String id, ShareMessage message, Position position) {
        DesiredShare known = shares.get(id);
        if (known == null) {
            return; // an unmount that was forgotten
        }
        if (!known.position().isInStreamOf(position) || position.isAfter(known.position())) {
            shares.put(id, known.at(position));
            recorder.latest(message, known.share(), position);
        }
    }

    /**
     * Adds the state of previous runs over the boot file of this one.
     *
     * <p>Shares that an earlier boot file listed and this one does not become unmounts: the file is a complete state, too.
     *
     * @param bootFileKnown false when the boot file could not be read: then what it once said stays
     */
    void restore(Collection<DesiredShare> stored, boolean bootFileKnown) {
        for (DesiredShare share : stored) {
            if (share.origin() != Origin.BOOT_FILE || !bootFileKnown) {
                shares.put(share.share().id(), share);
            } else if (!shares.containsKey(share.share().id())) {
                shares.put(
                        share.share().id(),
                        DesiredShare.fromBootFile(share.share().asUnmount()));
            }
        }
    }

    /**
     * Returns the ids of the oldest tombstones, which nothing can bring back any more, oldest first.
     *
     * @param keep how many of the newest tombstones to keep
     */
    List<String> oldUnmounts(int keep) {
        List<String> unmounts = shares.values().stream()
                .map(DesiredShare::share)
                .filter(share -> !share.isMount() && !atBoot.contains(share.id()))
                .map(ShareMount::id)
                .toList();
        return unmounts.subList(0, Math.max(0, unmounts.size() - keep));
    }

    void forget(String id) {
        shares.remove(id);
    }

    /** Returns the desired state of a share that was added before. */
    DesiredShare require(String id) {
        return Objects.requireNonNull(shares.get(id), id);
    }

    /** Returns all shares, in the order of their latest message. */
    List<DesiredShare> all() {
        return List.copyOf(shares.values());
    }

    private boolean fold(Received received) {
        DesiredShare share = received.desired();
        boolean isLatest = fold(share);
        if (isLatest) {
            recorder.latest(received.message(), share.share(), share.position());
        }
        return isLatest;
    }

    private boolean fold(DesiredShare share) {
        DesiredShare known = shares.get(share.share().id());
        if (!share.supersedes(known)) {
            return false;
        }
        DesiredShare completed = withKnownMountPoint(share, known);
        // Removed first, so that the order is that of the latest message of each share.
        shares.remove(share.share().id());
        shares.put(share.share().id(), completed);
        return true;
    }

    /** An unmount that names no mount point means the one that is known. */
    private static DesiredShare withKnownMountPoint(DesiredShare share, @Nullable DesiredShare known) {
        if (known == null
                || share.share().isMount()
                || !share.share().mountPoint().isEmpty()) {
            return share;
        }
        ShareMount unmount =
                ShareMount.unmount(share.share().id(), known.share().mountPoint());
        return share.with(unmount);
    }
}
