package io.heddle.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.ExponentialBackoffRetry;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.data.Stat;

/** ZooKeeper, with the mutexes of Curator, which belong to a thread and last as long as the process's session. */
final class ZooKeeperPeer implements Peer {

    private static final String ROOT = "/holds";
    /** No server grants a longer session by default. */
    private static final Duration LONGEST_SESSION = Duration.ofSeconds(40);

    @Override
    public String name() {
        return "ZooKeeper (Curator)";
    }

    @Override
    public Set<Ability> abilities() {
        return EnumSet.of(Ability.WATCH);
    }

    /** It always syncs. */
    @Override
    public Servers start(Setup setup) throws IOException {
        Path jar = Servers.installed("/usr/share/java/zookeeper.jar", "zookeeper");
        Servers servers = new Servers("zookeeper", setup.members);
        Path config = servers.directory().resolve("zoo.cfg");
        Files.write(
                config,
                List.of(
                        "tickTime=2000",
                        "dataDir=" + servers.directory().resolve("data"),
                        "clientPort=" + servers.ports().get(0),
                        "clientPortAddress=127.0.0.1",
                        "admin.enableServer=false"));
        servers.start(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dzookeeper.root.logger=WARN,CONSOLE",
                "-Dzookeeper.log.dir=" + servers.directory(),
                "-cp",
                "/etc/zookeeper/conf:" + jar,
                "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                config.toString()));
        return servers.accepting();
    }

    @Override
    public LockClient connect(List<Integer> ports, Duration ttl) throws Exception {
        CuratorFramework client = CuratorFrameworkFactory.newClient(
                "127.0.0.1:" + ports.get(0),
                (int) Math.min(ttl.toMillis(), LONGEST_SESSION.toMillis()),
                15_000,
                new ExponentialBackoffRetry(100, 10));
        client.start();
        Servers.ready(() -> client.getChildren().forPath("/"));
        return new Mutexes(client, new AgentThreads());
    }

    private record Mutexes(CuratorFramework client, AgentThreads threads) implements LockClient {

        @Override
        public CompletionStage<Held> take(String file, int agent) {
            return await(file, agent);
        }

        @Override
        public CompletionStage<Held> await(String file, int agent) {
            InterProcessMutex mutex = new InterProcessMutex(client, ROOT + file);
            return threads.on(agent, () -> {
                if (!mutex.acquire(Servers.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    throw new IllegalStateException(file + " is held");
                }
                return new Locked(threads, mutex, agent);
            });
        }

        @Override
        public void watch(Runnable taken) throws Exception {
            Watcher watcher = event -> {
                if (event.getType() == Watcher.Event.EventType.NodeCreated
                        && event.getPath().contains("-lock-")) {
                    taken.run();
                }
            };
            client.watchers()
                    .add()
                    .withMode(AddWatchMode.PERSISTENT_RECURSIVE)
                    .usingWatcher(watcher)
                    .forPath(ROOT);
        }

        /** All names of a directory come in one answer; whether a file is held, its own node says. */
        @Override
        public List<String> page(String directory, int limit) throws Exception {
            List<String> held = new ArrayList<>();
            for (String name : client.getChildren().forPath(ROOT + directory).stream()
                    .sorted()
                    .toList()) {
                Stat stat = client.checkExists().forPath(ROOT + directory + "/" + name);
                if (stat != null && stat.getNumChildren() > 0) {
                    held.add(directory + "/" + name);
                }
                if (held.size() == limit) {
                    break;
                }
            }
            return held;
        }

        @Override
        public void close() {
            threads.close();
            client.close();
        }
    }

    private record Locked(AgentThreads threads, InterProcessMutex mutex, int agent) implements LockClient.Held {

        @Override
        public CompletionStage<?> renew() {
            throw new UnsupportedOperationException("the session is renewed, by the client");
        }

        @Override
        public CompletionStage<?> release() {
            return threads.on(agent, () -> {
                mutex.release();
                return true;
            });
        }
    }
}
