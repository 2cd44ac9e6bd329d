package io.heddle.fleet.vm;

import io.heddle.fleet.DesiredShare;
import io.heddle.fleet.NodeAgentPresence;
import io.heddle.fleet.VmShare;
import io.heddle.fleet.VmView;
import io.heddle.mount.NodeAgentStatus;
import io.heddle.mount.ShareStatus;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What is known of one VM. Not thread-safe: the {@link VmTable} guards it. */
final class Vm {

    /** Anybody who may publish to a VM can publish as many share ids as they like. */
    private static final int MAX_SHARES = 1024;

    final String id;
    final Map<String, Wanted> wanted = new LinkedHashMap<>(2);

    @Nullable
    NodeAgentStatus reported;

    @Nullable
    Instant lastSeen;
    /** The {@link System#nanoTime()} of the last report; before the first one, that of its own beginning. */
    long heard;

    boolean wasHeard;
    NodeAgentPresence presence = NodeAgentPresence.UNHEARD;
    boolean problem;
    long change;

    /**
     * The stream's last word on a share.
     *
     * @param share null for an unmount; which is remembered, because it may end what another id of the machine was told before
     */
    record Wanted(@Nullable DesiredShare share, long sequence) {}

    Vm(String id, long now) {
        this.id = id;
        this.heard = now;
    }

    /** Takes in a word of the stream; false when it is old or one too many. */
    boolean want(String shareId, @Nullable DesiredShare share, long sequence) {
        Wanted was = wanted.get(shareId);
        if (was == null ? wanted.size() >= MAX_SHARES : was.sequence() >= sequence) {
            return false;
        }
        wanted.put(shareId.intern(), new Wanted(share, sequence));
        return true;
    }

    boolean isWanted() {
        return wanted.values().stream().anyMatch(word -> word.share() != null);
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
        Map<String, Wanted> all = new TreeMap<>(wanted);
        for (String alias : aliases()) {
            Vm other = others.apply(alias);
            if (other != null) {
                other.wanted.forEach((shareId, word) ->
                        all.merge(shareId, word, (one, two) -> two.sequence() > one.sequence() ? two : one));
            }
        }
        Map<String, ShareStatus> reports = new TreeMap<>();
        if (status != null) {
            status.shares().forEach(share -> reports.put(share.id(), share));
        }
        Map<String, VmShare> shares = new TreeMap<>();
        reports.forEach((shareId, report) -> shares.put(shareId, VmShare.of(shareId, null, report)));
        all.forEach((shareId, word) -> {
            if (word.share() != null) {
                shares.put(shareId, VmShare.of(shareId, word.share(), reports.get(shareId)));
            }
        });
        return List.copyOf(shares.values());
    }
}
