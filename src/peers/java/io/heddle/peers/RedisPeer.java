package io.heddle.peers;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.redisson.Redisson;
import org.redisson.api.RExpirable;
import org.redisson.api.RFencedLock;
import org.redisson.api.RedissonClient;
import org.redisson.api.options.KeysScanOptions;
import org.redisson.api.redisnode.RedisNodes;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/** Redis, with the fenced locks of Redisson. */
final class RedisPeer implements Peer {

    @Override
    public String name() {
        return "Redis (Redisson)";
    }

    @Override
    public Set<Ability> abilities() {
        return EnumSet.of(Ability.RENEW, Ability.WATCH);
    }

    @Override
    public Servers start(Setup setup) throws IOException {
        String binary =
                Servers.installed("/usr/bin/redis-server", "redis-server").toString();
        Servers servers = new Servers("redis", setup.members);
        List<String> command = new ArrayList<>(List.of(
                binary,
                "--bind",
                "127.0.0.1",
                "--port",
                servers.ports().get(0).toString(),
                "--dir",
                servers.directory().toString()));
        if (setup.synced) {
            command.addAll(List.of("--appendonly", "yes", "--appendfsync", "always"));
        }
        servers.start(command);
        return servers.accepting();
    }

    @Override
    public LockClient connect(List<Integer> ports, Duration ttl) {
        Config config = new Config();
        config.useSingleServer().setAddress("redis://127.0.0.1:" + ports.get(0));
        return new Locks(Servers.ready(() -> Redisson.create(config)), ttl);
    }

    private record Locks(RedissonClient client, Duration ttl) implements LockClient {

        @Override
        public CompletionStage<Held> take(String file, int agent) {
            RFencedLock lock = client.getFencedLock(file);
            return lock.tryLockAsync(0, ttl.toMillis(), TimeUnit.MILLISECONDS, agent)
                    .thenApply(taken -> {
                        if (!taken) {
                            throw new IllegalStateException(file + " is held");
                        }
                        return new Locked(lock, agent, ttl);
                    });
        }

        @Override
        public CompletionStage<Held> await(String file, int agent) {
            RFencedLock lock = client.getFencedLock(file);
            return lock.lockAsync(ttl.toMillis(), TimeUnit.MILLISECONDS, agent)
                    .thenApply(taken -> new Locked(lock, agent, ttl));
        }

        /** Redis tells of changed keys only when asked to. */
        @Override
        public void watch(Runnable taken) {
            client.getRedisNodes(RedisNodes.SINGLE).getInstance().setConfig("notify-keyspace-events", "KEA");
            client.getPatternTopic("__keyspace@0__:/work/*", StringCodec.INSTANCE)
                    .addListener(String.class, (pattern, channel, command) -> {
                        if (command.equals("hincrby")) {
                            taken.run();
                        }
                    });
        }

        /** Redis knows no order: a page is found by reading keys until there are enough. */
        @Override
        public List<String> page(String directory, int limit) {
            KeysScanOptions options = KeysScanOptions.defaults()
                    .pattern(directory + "/*")
                    .chunkSize(1_000)
                    .limit(limit);
            return StreamSupport.stream(client.getKeys().getKeys(options).spliterator(), false)
                    .limit(limit)
                    .toList();
        }

        @Override
        public void close() {
            client.shutdown();
        }
    }

    private record Locked(RFencedLock lock, int agent, Duration ttl) implements LockClient.Held {

        /** What Redisson's own watchdog does, without its check of the owner. */
        @Override
        public CompletionStage<?> renew() {
            return ((RExpirable) lock).expireAsync(ttl);
        }

        @Override
        public CompletionStage<?> release() {
            return lock.unlockAsync(agent);
        }
    }
}
