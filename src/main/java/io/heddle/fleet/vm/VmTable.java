package io.heddle.fleet.vm;

import static io.heddle.fleet.publish.FleetLog.LOG;

import io.heddle.fleet.DesiredShare;
import io.heddle.fleet.FleetConfig;
import io.heddle.fleet.NodeAgentPresence;
import io.heddle.fleet.VmView;
import io.heddle.mount.NodeAgentStatus;
import io.heddle.mount.ShareMount;
import io.heddle.mount.feed.Position;
import io.heddle.stream.StreamIdentity;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The desired and reported state of all VMs that this replica knows. Thread-safe.
 *
 * <p>Each VM has the number of its last change, and the VMs are ordered by that number. A subscriber keeps one number, its cursor, and
 * reads what changed since then, each VM once.
 */
public final class VmTable {

    private final FleetConfig config;
    private final LongSupplier nanos;
    private final InstantSource clock;
    private final NavigableMap<String, Vm> vms = new TreeMap<>(); // guarded by this
    /** One copy of each desired share, which many VMs have in common. */
    private final Map<DesiredShare, DesiredShare> desiredShares = new HashMap<>(); // guarded by this

    private final NavigableMap<Long, String> order = new ConcurrentSkipListMap<>();
    private volatile Map<NodeAgentPresence, Integer> counts = Map.of();
    private long lastChange; // guarded by this
    private long listeningSince; // guarded by this
    private boolean listening; // guarded by this
    private boolean full; // guarded by this

    public VmTable(FleetConfig config, LongSupplier nanos, InstantSource clock) {
        this.config = config;
        this.nanos = nanos;
        this.clock = clock;
    }

    /** Sets whether status messages are received. */
    synchronized void listening(boolean now) {
        listening = now;
        listeningSince = nanos.getAsLong();
        tick();
    }

    /** Applies a status message. */
    synchronized void reported(NodeAgentStatus status, boolean isAnswer) {
        Vm vm = known(status.vm());
        if (vm == null) {
            return;
        }
        NodeAgentStatus last = vm.reported;
        // The answer is older than the last report.
        if (isAnswer && last != null && status.time().isBefore(last.time())) {
            return;
        }
        boolean same = last != null
                && last.shares().equals(status.shares())
                && last.vmIds().equals(status.vmIds());
        vm.reported = status;
        vm.lastSeen = clock.instant();
        vm.lastReport = nanos.getAsLong();
        vm.hasReported = true;
        if (!same || vm.presence != presence(vm)) {
            touch(vm);
        }
    }

    /** Returns the place of the latest message on a share; null when none is known. */
    synchronized @Nullable Position position(String id, String shareId) {
        Vm vm = vms.get(id);
        Vm.Latest latest = vm == null ? null : vm.desired.get(shareId);
        return latest == null ? null : latest.position();
    }

    /** The place of the latest message on a share became known. */
    synchronized void placed(String id, String shareId, Position position) {
        Vm vm = vms.get(id);
        if (vm != null) {
            vm.desired.computeIfPresent(shareId, (share, latest) -> new Vm.Latest(latest.share(), position));
        }
    }

    /** The stream was rolled back, unless it has all sequences that are known: those beyond its end mean nothing now. */
    synchronized void rolledBack(StreamIdentity stream, long last) {
        vms.values()
                .forEach(vm -> vm.desired.replaceAll((share, latest) -> {
                    Position position = latest.position();
                    return stream.equals(position.stream()) && position.sequence() > last
                            ? new Vm.Latest(latest.share(), position.withoutStream())
                            : latest;
                }));
    }

    /** Applies the latest message on a share. */
    synchronized void desired(String id, ShareMount share, Position position) {
        Vm vm = known(id);
        if (vm == null) {
            return;
        }
        DesiredShare desired = null;
        if (share.isMount()) {
            DesiredShare is = DesiredShare.of(share);
            if (desiredShares.size() >= config.maxVms()) {
                desiredShares.clear(); // all different: sharing saves nothing
            }
            desired = desiredShares.computeIfAbsent(is, key -> is);
        }
        if (vm.desire(share.id(), desired, position)) {
            touchMachine(vm);
        }
    }

    /** Updates presence, and removes VMs without desired shares and reports. To be called about once a second. */
    public synchronized void tick() {
        long forget = config.forgetAfter().toNanos();
        long now = nanos.getAsLong();
        List<Vm> gone = new ArrayList<>();
        Map<NodeAgentPresence, Integer> count = new EnumMap<>(NodeAgentPresence.class);
        vms.values().forEach(vm -> {
            if (!vm.isDesired() && (!vm.hasReported || now - vm.lastReport > forget)) {
                gone.add(vm);
            } else if (vm.presence != presence(vm)) {
                touch(vm);
            }
            count.merge(vm.presence, 1, Integer::sum);
        });
        counts = count;
        gone.forEach(this::remove);
        if (order.size() > 2 * vms.size() + 1000) {
            order.values().removeIf(id -> !vms.containsKey(id));
        }
    }

    /** Removes a VM until it reports or gets a share again; returns whether it was known. */
    public synchronized boolean forget(String id) {
        Vm vm = vms.get(id);
        if (vm == null) {
            return false;
        }
        remove(vm);
        return true;
    }

    private void remove(Vm vm) {
        vms.remove(vm.id);
        order.remove(vm.change);
        order.put(++lastChange, vm.id); // a change of an absent VM is its removal
        full = false;
    }

    public synchronized @Nullable VmView view(String id) {
        Vm vm = vms.get(id);
        return vm == null ? null : view(vm);
    }

    /** Returns the VMs after an id, in order. */
    public synchronized List<VmView> page(String after, int limit, boolean problemsOnly) {
        return vms.tailMap(after, false).values().stream()
                .filter(vm -> !problemsOnly || isProblem(vm))
                .limit(limit)
                .map(this::view)
                .toList();
    }

    /** The VMs that have not reported since this replica subscribed. */
    public synchronized List<String> unreported() {
        return vms.values().stream()
                .filter(vm -> !vm.hasReported || vm.lastReport - listeningSince < 0)
                .map(vm -> vm.id)
                .toList();
    }

    /** The number of VMs at the last {@link #tick()}, by presence. */
    public Map<NodeAgentPresence, Integer> counts() {
        return counts;
    }

    public synchronized int size() {
        return vms.size();
    }

    /** The number of the latest change. */
    public synchronized long lastChange() {
        return lastChange;
    }

    /** The VMs that changed after one number and up to another, in order; read lazily, without those that changed again. */
    public Iterable<Map.Entry<Long, String>> changes(long after, long upTo) {
        return order.subMap(after, false, upTo, true).entrySet();
    }

    private @Nullable Vm known(String id) {
        Vm vm = vms.get(id);
        if (vm != null) {
            return vm;
        }
        if (vms.size() >= config.maxVms()) {
            if (!full) {
                full = true;
                LOG.tooManyVms(config.maxVms());
            }
            return null;
        }
        Vm fresh = new Vm(id, nanos.getAsLong());
        vms.put(id, fresh);
        touch(fresh);
        return fresh;
    }

    /** A share that is desired under one id of a machine is desired under all. */
    private void touchMachine(Vm vm) {
        touch(vm);
        for (String alias : vm.aliases()) {
            Vm other = vms.get(alias);
            if (other != null) {
                touch(other);
            }
        }
    }

    private void touch(Vm vm) {
        vm.presence = presence(vm);
        vm.problem = null;
        order.remove(vm.change);
        vm.change = ++lastChange;
        order.put(vm.change, vm.id);
    }

    /** Whether an operator should look at it; a VM that has not reported yet is not a problem. */
    private boolean isProblem(Vm vm) {
        if (vm.problem == null) {
            VmView view = view(vm);
            vm.problem = switch (view.agent()) {
                case LATE, SILENT -> true;
                case LIVE, UNHEARD -> view.lastSeen() != null && !view.inSync();
            };
        }
        return vm.problem;
    }

    private NodeAgentPresence presence(Vm vm) {
        long now = nanos.getAsLong();
        long age = vm.hasReported ? now - vm.lastReport : Long.MAX_VALUE;
        if (age < config.lateAfter().toNanos()) {
            return NodeAgentPresence.LIVE;
        }
        long quiet = listening ? Math.min(age, now - listeningSince) : 0;
        if (quiet >= config.silentAfter().toNanos()) {
            return NodeAgentPresence.SILENT;
        }
        return vm.hasReported && quiet >= config.lateAfter().toNanos()
                ? NodeAgentPresence.LATE
                : NodeAgentPresence.UNHEARD;
    }

    private VmView view(Vm vm) {
        return vm.view(vms::get);
    }
}
