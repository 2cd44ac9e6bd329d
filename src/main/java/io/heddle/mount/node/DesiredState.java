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
 * What this machine should look like: the newest wanted state of every share, unmounts included, folded from the boot file,
 * the memory of earlier runs, the stream and core NATS.
 *
 * <p>While a replay runs, the stream's messages are folded aside and handed over together when it has caught up, so that
 * nothing is mounted that a later message already replaced.
 *
 * <p>Not thread-safe: the agent calls it from its serial pipeline.
 */
final class DesiredState {

    private final Map<String, DesiredShare> shares = new LinkedHashMap<>();
    private final Map<String, DesiredShare> replay = new LinkedHashMap<>();
    /** The shares that the boot file of this run gives: it would give them again at the next start. */
    private final Set<String> atBoot = new HashSet<>();

    private boolean replaying = true;

    /** Takes in what is not from the stream; true when it is newer than what was known. */
    boolean offer(DesiredShare share) {
        if (share.origin() == Origin.BOOT_FILE) {
            atBoot.add(share.share().id());
        }
        return fold(share);
    }

    /**
     * Takes in a message of the stream.
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

    /** A replay begins: hold the stream's messages back until {@link #replayed}. */
    void replayBegins() {
        replaying = true;
    }

    /** The stream is another one, was rolled back, or is read anew: what was held back came from the old reading. */
    void forgetReplay() {
        replay.clear();
        replaying = true;
    }

    /**
     * The replay has caught up.
     *
     * @param stream the stream that was read
     * @param last its last sequence
     * @return the shares whose wanted state is new, in the order of the stream
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
     * Takes in what earlier runs knew, over the boot file of this one.
     *
     * <p>Shares that an earlier boot file wanted and this one does not are turned into unmounts: the file is whole state too.
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
     * The shares whose unmount is so old a word that nothing is left that could revive them, oldest first.
     *
     * @param keep how many of the newest unmounts stay out of it
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

    /** What is wanted of a share that was offered before. */
    DesiredShare require(String id) {
        return Objects.requireNonNull(shares.get(id), id);
    }

    /** Everything, in the order of arrival. */
    List<DesiredShare> all() {
        return List.copyOf(shares.values());
    }

    private boolean fold(DesiredShare share) {
        DesiredShare known = shares.get(share.share().id());
        if (!share.supersedes(known)) {
            return false;
        }
        DesiredShare completed = withKnownMountPoint(share, known);
        // Removed first, so that the order stays that of the newest word on each share.
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
