package io.heddle.peers;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.Lock;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.WatchOption;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** etcd, with the locks of jetcd. An agent has one lease, which it keeps alive, for all its files. */
final class EtcdPeer implements Peer {

    @Override
    public String name() {
        return "etcd (jetcd)";
    }

    @Override
    public Set<Ability> abilities() {
        return EnumSet.allOf(Ability.class);
    }

    /** It always syncs. */
    @Override
    public Servers start(Setup setup) throws IOException {
        String binary = Servers.installed("/usr/bin/etcd", "etcd-server").toString();
        Servers servers = new Servers("etcd", setup.members);
        List<Integer> peers = Servers.freePorts(setup.members);
        List<String> cluster = new ArrayList<>();
        for (int i = 0; i < setup.members; i++) {
            cluster.add("peer-" + i + "=" + url(peers.get(i)));
        }
        for (int i = 0; i < setup.members; i++) {
            String client = url(servers.ports().get(i));
            String peer = url(peers.get(i));
            servers.start(List.of(
                    binary,
                    "--name=peer-" + i,
                    "--data-dir=" + servers.directory().resolve("data-" + i),
                    "--listen-client-urls=" + client,
                    "--advertise-client-urls=" + client,
                    "--listen-peer-urls=" + peer,
                    "--initial-advertise-peer-urls=" + peer,
                    "--initial-cluster=" + String.join(",", cluster)));
        }
        return servers.accepting();
    }

    private static String url(int port) {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public LockClient connect(List<Integer> ports, Duration ttl) {
        Client client = Client.builder()
                .endpoints(ports.stream().map(EtcdPeer::url).toArray(String[]::new))
                .build();
        Servers.ready(() -> client.getKVClient().get(bytes("/ready")).get(5, TimeUnit.SECONDS));
        return new Locks(client, client.getLockClient(), client.getLeaseClient(), ttl, new ConcurrentHashMap<>());
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }

    private record Locks(
            Client client, Lock locks, Lease leases, Duration ttl, Map<Integer, CompletableFuture<Long>> leaseOf)
            implements LockClient {

        @Override
        public CompletionStage<Held> take(String file, int agent) {
            return await(file, agent);
        }

        @Override
        public CompletionStage<Held> await(String file, int agent) {
            return leaseOf.computeIfAbsent(agent, first -> lease()).thenCompose(lease -> locks.lock(bytes(file), lease)
                    .thenApply(locked -> new Locked(this, locked.getKey(), lease)));
        }

        private CompletableFuture<Long> lease() {
            return leases.grant(ttl.toSeconds()).thenApply(granted -> {
                var unused = leases.keepAlive(granted.getID(), new Ignored());
                return granted.getID();
            });
        }

        @Override
        public void watch(Runnable taken) {
            WatchOption taking =
                    WatchOption.builder().isPrefix(true).withNoDelete(true).build();
            var unused = client.getWatchClient()
                    .watch(bytes("/work/"), taking, answer -> answer.getEvents().forEach(event -> taken.run()));
        }

        @Override
        public List<String> page(String directory, int limit) throws Exception {
            GetOption page = GetOption.builder().isPrefix(true).withLimit(limit).build();
            return client.getKVClient().get(bytes(directory + "/"), page).get(60, TimeUnit.SECONDS).getKvs().stream()
                    .map(entry -> entry.getKey().toString(StandardCharsets.UTF_8))
                    .toList();
        }

        @Override
        public void close() {
            client.close();
        }
    }

    private record Locked(Locks locks, ByteSequence key, long lease) implements LockClient.Held {

        @Override
        public CompletionStage<?> renew() {
            return locks.leases.keepAliveOnce(lease);
        }

        @Override
        public CompletionStage<?> release() {
            return locks.locks.unlock(key);
        }
    }

    /** Who dies does not hear that its lease has ended. */
    private static final class Ignored implements StreamObserver<LeaseKeepAliveResponse> {
        @Override
        public void onNext(LeaseKeepAliveResponse renewed) {
            // As expected.
        }

        @Override
        public void onError(Throwable failure) {
            // The locks of an ended lease fail on their own.
        }

        @Override
        public void onCompleted() {
            // The client was closed.
        }
    }
}
