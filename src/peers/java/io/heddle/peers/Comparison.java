package io.heddle.peers;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/** The systems side by side for one workload: fresh servers of each, warmed up alike, then measured in turn in a rotated order. */
final class Comparison implements AutoCloseable {

    /** A system with its fresh servers. */
    record Running(Peer peer, Servers servers, LockClient client, Deque<AutoCloseable> open) {

        /** Another process's worth of client. */
        LockClient connect(Duration ttl) throws Exception {
            LockClient another = peer.connect(servers.ports(), ttl);
            open.push(another);
            return another;
        }
    }

    interface Measurement {
        double[] of(Running system) throws Exception;
    }

    interface Preparation {
        void of(Running system) throws Exception;
    }

    private final List<Running> systems = new ArrayList<>();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /** Starts the systems that have these abilities. */
    Comparison(Setup setup, Duration ttl, Peer.Ability... needed) throws Exception {
        try {
            for (Peer peer : Peer.all()) {
                if (peer.abilities().containsAll(Set.of(needed))
                        && (setup.members == 1 || peer.abilities().contains(Peer.Ability.CLUSTER))) {
                    systems.add(start(peer, setup, ttl));
                }
            }
        } catch (Exception | Error e) {
            close();
            throw e;
        }
    }

    private Running start(Peer peer, Setup setup, Duration ttl) throws Exception {
        Servers servers = peer.start(setup);
        open.push(servers);
        LockClient client = peer.connect(servers.ports(), ttl);
        open.push(client);
        return new Running(peer, servers, client, open);
    }

    /** Does this with each of them once. */
    Comparison each(Preparation preparation) throws Exception {
        for (Running system : systems) {
            preparation.of(system);
        }
        return this;
    }

    /** Measures each in every round; the next round begins with the next system. */
    void measure(Table table, int rounds, Measurement measurement) throws Exception {
        List<Running> order = new ArrayList<>(systems);
        for (int round = 0; round < rounds; round++) {
            for (Running system : order) {
                table.add(system.peer().name(), measurement.of(system));
            }
            Collections.rotate(order, -1);
        }
        table.write();
    }

    @Override
    public void close() throws Exception {
        Exception failed = null;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) { // whatever else is open must be closed too
                failed = e;
            }
        }
        if (failed != null) {
            throw failed;
        }
    }
}
