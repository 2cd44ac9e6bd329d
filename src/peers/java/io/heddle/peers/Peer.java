package io.heddle.peers;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A system by which agents can agree on who edits a file. */
interface Peer {

    /** What not every system has. */
    enum Ability {
        /** A hold is renewed by its holder, not by the session it was made in. */
        RENEW,
        /** Others learn who took a file. */
        WATCH,
        /** Three servers. */
        CLUSTER
    }

    String name();

    Set<Ability> abilities();

    /** Starts servers with empty stores. They accept connections; the first calls may have to be repeated. */
    Servers start(Setup setup) throws Exception;

    /**
     * Connects as a process does, and returns when calls are answered.
     *
     * @param ports of the servers, on this machine
     * @param ttl of every hold
     */
    LockClient connect(List<Integer> ports, Duration ttl) throws Exception;

    /** All of them, or those that {@code heddle.peers.only} names, separated by semicolons. */
    static List<Peer> all() {
        List<String> only = List.of(System.getProperty("heddle.peers.only", "").split(";"));
        return Stream.of(
                        new HeddlePeer(true),
                        new HeddlePeer(false),
                        new GoLikePeer(),
                        new EtcdPeer(),
                        new RedisPeer(),
                        new ZooKeeperPeer(),
                        new ShedLockPeer())
                .filter(peer -> only.contains("") || only.contains(peer.name()))
                .toList();
    }

    static Peer named(String name) {
        return all().stream()
                .filter(peer -> peer.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
