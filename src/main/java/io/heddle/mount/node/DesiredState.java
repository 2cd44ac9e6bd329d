package io.heddle.mount.node;

import io.heddle.mount.ShareMount;
import io.heddle.mount.node.DesiredShare.Origin;
import io.heddle.stream.StreamIdentity;
import io.heddle.stream.StreamSignal;
import io.nats.client.impl.Headers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The desired state of this machine: the newest desired state of every share, unmounts included, folded from the boot file, the
 * state of previous runs, the stream and core NATS.
 *
 * <p>During a replay, the stream's messages are folded separately and applied together when it has caught up, so that nothing is
 * mounted that a later message already replaced.
 *
 * <p>Not thread-safe: the agent calls it from its serial pipeline.
 */
final class DesiredState {

    private final Map<String, DesiredShare> shares = new LinkedHashMap<>();
    private final Map<String, DesiredShare> replay = new LinkedHashMap<>();
    /** The shares that the boot file of this run gives: it would give them again at the next start. */
    private final Set<String> atBoot = new HashSet<>();

    private boolean replaying = true;

    /** Folds a state that is not from the stream; returns whether it is newer than the known one. */
    boolean offer(DesiredShare share) {
        if (share.origin() == Origin.BOOT_FILE) {
            atBoot.add(share.share().id());
        }
        return fold(share);
    }

    /**
     * Folds a message of the stream.
     *
     * @return true when it is to be applied now; false when it is old, or waits for the end of the replay
     */
    boolean offerFromStream(ShareMount share, @Nullable StreamIdentity stream, StreamEntry entry) {
        if (replaying || stream == null) {
            // The stream's identity is known for certain only at the end of the replay; a sequence is enough until
            // then.
            replay.merge(
                    share.id(),
                    DesiredShare.fromStream(share, null, entry),
                    (was, now) -> now.sequence() > was.sequence() ? withKnownMountPoint(now, was) : was);
            return false;
        }
        return fold(DesiredShare.fromStream(share, stream, entry));
    }

    /** A replay begins: the messages of the stream are held back until {@link #replayed}. */
    void replayBegins() {
        replaying = true;
    }

    /** The stream was replaced or rolled back, or is read again: drops what was held back. */
    void forgetReplay() {
        replay.clear();
        replaying = true;
    }

    /**
     * The replay has caught up.
     *
     * @param stream the stream that was read
     * @param last its last sequence
     * @return the shares whose desired state is new, in the order of the stream
     */
    List<DesiredShare> replayed(StreamIdentity stream, long last) {
        replaying = false;
        boolean rolledBack =
                shares.values().stream().anyMatch(known -> stream.equals(known.stream()) && known.sequence() > last);
        if (rolledBack) {
            shares.replaceAll((id, known) -> stream.equals(known.stream()) ? known.in(null, 0) : known);
        }
        List<DesiredShare> news = new ArrayList<>();
        for (DesiredShare held : replay.values()) {
            DesiredShare share = held.in(stream, held.sequence());
            if (fold(share)) {
                news.add(require(share.share().id()));
            }
        }
        replay.clear();
        news.sort(Comparator.comparingLong(DesiredShare::sequence));
        return news;
    }

    /**
     * Folds the state of previous runs over the boot file of this one.
     *
     * <p>Shares that an earlier boot file listed and this one does not become unmounts: the file is whole state, too.
     *
     * @param bootFileKnown false when the boot file could not be read: then what it once said stays
     */
    void remember(Collection<DesiredShare> remembered, boolean bootFileKnown) {
        for (DesiredShare share : remembered) {
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

    /** Returns the desired state of a share that was folded before. */
    DesiredShare require(String id) {
        return Objects.requireNonNull(shares.get(id), id);
    }

    /** Returns all shares, in the order of their latest message. */
    List<DesiredShare> all() {
        return List.copyOf(shares.values());
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

    /** A message's place and time in the stream, and what came with it. */
    record StreamEntry(
            long sequence, Instant time, @Nullable Headers headers) {
        static StreamEntry of(StreamSignal.Message message) {
            return new StreamEntry(message.sequence(), message.timestamp(), message.headers());
        }
    }
}
