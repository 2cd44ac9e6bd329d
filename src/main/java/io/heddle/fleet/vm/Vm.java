package io.heddle.fleet.vm;

import io.heddle.fleet.DesiredShare;
import io.heddle.fleet.NodeAgentPresence;
import io.heddle.fleet.VmShare;
import io.heddle.fleet.VmView;
import io.heddle.mount.NodeAgentStatus;
import io.heddle.mount.ShareStatus;
import io.heddle.mount.feed.Position;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The state of one VM. Not thread-safe: guarded by {@link VmTable}. */
final class Vm {

    /** The most desired shares: publishers are free to use any number of share ids. */
    private static final int MAX_SHARES = 1024;

    final String id;
    final Map<String, Latest> desired = new LinkedHashMap<>(2);

    @Nullable
    NodeAgentStatus reported;

    @Nullable
    Instant lastSeen;
    /** The {@link System#nanoTime()} of the last report; before the first one, of the creation of this object. */
    long lastReport;

    boolean hasReported;
    NodeAgentPresence presence = NodeAgentPresence.UNHEARD;
    /** Whether an operator should look at it; null until asked after a change. */
    @Nullable
    Boolean problem;

    long change;

    /**
     * The latest message on a share.
     *
     * @param share null for a tombstone, which may end a share of another id of the same machine
     */
    record Latest(@Nullable DesiredShare share, Position position) {}

    Vm(String id, long now) {
        this.id = id;
        this.lastReport = now;
    }

    /** Applies the latest message on a share; returns false when it exceeds the limit. */
    boolean desire(String shareId, @Nullable DesiredShare share, Position position) {
        Latest was = desired.get(shareId);
        boolean added = share != null && (was == null || was.share() == null);
        if (added && live() >= MAX_SHARES) {
            return false;
        }
        desired.remove(shareId); // the order is that of the latest messages
        desired.put(shareId.intern(), new Latest(share, position));
        if (desired.size() > 2 * MAX_SHARES) {
            dropOldestTombstone();
        }
        return true;
    }

    boolean isDesired() {
        return live() > 0;
    }

    /** The number of desired shares, without tombstones. */
    private long live() {
        return desired.values().stream()
                .filter(latest -> latest.share() != null)
                .count();
    }

    private void dropOldestTombstone() {
        desired.entrySet().stream()
                .filter(entry -> entry.getValue().share() == null)
                .findFirst()
                .map(Map.Entry::getKey)
                .ifPresent(desired::remove);
    }

    List<String> aliases() {
        NodeAgentStatus status = reported;
        return status == null
                ? List.of()
                : status.vmIds().stream().filter(other -> !other.equals(id)).toList();
    }

    /** @param others finds another VM */
    VmView view(Function<String, @Nullable Vm> others) {
        NodeAgentStatus status = reported;
        List<VmShare> shares = shares(others, status);
        boolean silent = presence == NodeAgentPresence.SILENT;
        return new VmView(
                id,
                aliases(),
                presence,
                silent,
                lastSeen,
                status != null && !silent && shares.stream().allMatch(VmShare::inSync),
                status == null ? null : status.version(),
                status == null ? null : status.mode(),
                shares);
    }

    private List<VmShare> shares(Function<String, @Nullable Vm> others, @Nullable NodeAgentStatus status) {
        Map<String, Latest> all = new TreeMap<>(desired);
        for (String alias : aliases()) {
            Vm other = others.apply(alias);
            if (other != null) {
                other.desired.forEach((shareId, latest) ->
                        all.merge(shareId, latest, (one, two) -> two.position().isAfter(one.position()) ? two : one));
            }
        }
        Map<String, ShareStatus> reports = new TreeMap<>();
        if (status != null) {
            status.shares().forEach(share -> reports.put(share.id(), share));
        }
        Map<String, VmShare> shares = new TreeMap<>();
        reports.forEach((shareId, report) -> shares.put(shareId, VmShare.of(shareId, null, report)));
        all.forEach((shareId, latest) -> {
            if (latest.share() != null) {
                shares.put(shareId, VmShare.of(shareId, latest.share(), reports.get(shareId)));
            }
        });
        return List.copyOf(shares.values());
    }
}
