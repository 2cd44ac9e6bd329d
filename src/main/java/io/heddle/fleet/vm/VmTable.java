package io.heddle.fleet.vm;

import static io.heddle.fleet.publish.FleetLog.LOG;

import io.heddle.fleet.DesiredShare;
import io.heddle.fleet.FleetConfig;
import io.heddle.fleet.NodeAgentPresence;
import io.heddle.fleet.VmView;
import io.heddle.mount.NodeAgentStatus;
import io.heddle.mount.ShareMount;
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
 * All VMs that this replica knows of: what is wanted there, and what was reported. Thread-safe.
 *
 * <p>Each VM has the number of its last change, and there is an order of VMs by that number: whoever remembers how far they have
 * read it finds what has changed since, each VM once, however often it changed. That costs a subscriber one number, whether it is
 * fast or slow.
 */
public final class VmTable {

    private final FleetConfig config;
    private final LongSupplier nanos;
    private final InstantSource clock;
    private final NavigableMap<String, Vm> vms = new TreeMap<>(); // guarded by this
    /** Many VMs want the same; one copy of it is kept. */
    private final Map<DesiredShare, DesiredShare> wantedShares = new HashMap<>(); // guarded by this

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

    /** Reports are heard from now on, or not any more. */
    synchronized void listening(boolean now) {
        listening = now;
        listeningSince = nanos.getAsLong();
        tick();
    }

    /** A report came. */
    synchronized void reported(NodeAgentStatus status, boolean isAnswer) {
        Vm vm = known(status.vm());
        if (vm == null) {
            return;
        }
        NodeAgentStatus last = vm.reported;
        // An answer that was overtaken by a report of something newer.
        if (isAnswer && last != null && status.time().isBefore(last.time())) {
            return;
        }
        boolean same = last != null
                && last.shares().equals(status.shares())
                && last.vmIds().equals(status.vmIds());
        vm.reported = status;
        vm.lastSeen = clock.instant();
        vm.heard = nanos.getAsLong();
        vm.wasHeard = true;
        if (!same || vm.presence != presence(vm)) {
            touch(vm);
        }
    }

    /** The stream says what is wanted. */
    synchronized void wanted(String id, ShareMount share, long sequence) {
        Vm vm = known(id);
        if (vm == null) {
            return;
        }
        DesiredShare wanted = null;
        if (share.isMount()) {
            DesiredShare is = DesiredShare.of(share);
            if (wantedShares.size() >= config.maxVms()) {
                wantedShares.clear(); // they are all different; nothing is saved by it
            }
            wanted = wantedShares.computeIfAbsent(is, key -> is);
        }
        if (vm.want(share.id(), wanted, sequence)) {
            touchMachine(vm);
        }
    }

    /** The stream is another one: what the old one said does not count. */
    synchronized void forgetWanted() {
        wantedShares.clear();
        vms.values().forEach(vm -> {
            vm.wanted.clear();
            touch(vm);
        });
    }

    /** To be called about once a second: some agents are late by now, some VMs may be forgotten. */
    public synchronized void tick() {
        long forget = config.forgetAfter().toNanos();
        long now = nanos.getAsLong();
        List<Vm> gone = new ArrayList<>();
        Map<NodeAgentPresence, Integer> count = new EnumMap<>(NodeAgentPresence.class);
        vms.values().forEach(vm -> {
            if (now - vm.heard > forget && !vm.isWanted()) {
                gone.add(vm);
            } else if (vm.presence != presence(vm)) {
                touch(vm);
            }
            count.merge(vm.presence, 1, Integer::sum);
        });
        counts = count;
        gone.forEach(vm -> {
            vms.remove(vm.id);
            order.remove(vm.change);
            order.put(++lastChange, vm.id); // tells that it is gone
            full = false;
        });
        if (order.size() > 2 * vms.size() + 1000) {
            order.values().removeIf(id -> !vms.containsKey(id));
        }
    }

    public synchronized @Nullable VmView view(String id) {
        Vm vm = vms.get(id);
        return vm == null ? null : view(vm);
    }

    /** VMs by id, those that come after one. */
    public synchronized List<VmView> page(String after, int limit, boolean problemsOnly) {
        return vms.tailMap(after, false).values().stream()
                .filter(vm -> vm.problem || !problemsOnly)
                .limit(limit)
                .map(this::view)
                .toList();
    }

    /** The VMs that were not heard since this replica began to listen. */
    public synchronized List<String> unheard() {
        return vms.values().stream()
                .filter(vm -> !vm.wasHeard || vm.heard - listeningSince < 0)
                .map(vm -> vm.id)
                .toList();
    }

    /** How many VMs there were at the last {@link #tick()}, by whether their agents report; those without any are left out. */
    public Map<NodeAgentPresence, Integer> counts() {
        return counts;
    }

    public synchronized int size() {
        return vms.size();
    }

    /** The number of the newest change. */
    public synchronized long lastChange() {
        return lastChange;
    }

    /** The VMs that changed after one number and up to another, in order; read lazily, those that changed again are left out. */
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

    /** What is wanted under one id of a machine is wanted under all. */
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
        vm.problem = isProblem(view(vm));
        order.remove(vm.change);
        vm.change = ++lastChange;
        order.put(vm.change, vm.id);
    }

    /** Something that an operator should look at; not that this replica has not heard the VM yet. */
    private static boolean isProblem(VmView view) {
        return switch (view.agent()) {
            case LATE, SILENT -> true;
            case LIVE, UNHEARD -> view.lastSeen() != null && !view.inSync();
        };
    }

    private NodeAgentPresence presence(Vm vm) {
        long now = nanos.getAsLong();
        long age = vm.wasHeard ? now - vm.heard : Long.MAX_VALUE;
        if (age < config.lateAfter().toNanos()) {
            return NodeAgentPresence.LIVE;
        }
        long quiet = listening ? Math.min(age, now - listeningSince) : 0;
        if (quiet >= config.silentAfter().toNanos()) {
            return NodeAgentPresence.SILENT;
        }
        return vm.wasHeard && quiet >= config.lateAfter().toNanos()
                ? NodeAgentPresence.LATE
                : NodeAgentPresence.UNHEARD;
    }

    private VmView view(Vm vm) {
        return vm.view(vms::get);
    }
}
