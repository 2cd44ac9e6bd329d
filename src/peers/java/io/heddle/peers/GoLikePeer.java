package io.heddle.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.hold.FilePath;
import io.heddle.hold.HoldKey;
import io.heddle.hold.Rig;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamOptions;
import io.nats.client.KeyValue;
import io.nats.client.KeyValueOptions;
import io.nats.client.Nats;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueOperation;
import io.nats.client.api.KeyValueWatchOption;
import io.nats.client.api.KeyValueWatcher;
import io.nats.client.api.StorageType;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * The rule of the Go programs, over plain jnats: read, then write by compare-and-set; read, then delete. One watch tells those who wait
 * that a file was released; expiry is judged by the local clock.
 */
final class GoLikePeer extends NatsPeer {

    private static final String BUCKET = "go-holds";

    @Override
    public String name() {
        return "Go-like holder on NATS (jnats)";
    }

    @Override
    public LockClient connect(List<Integer> ports, Duration ttl) throws Exception {
        Connection connection = Servers.ready(() -> Nats.connect(urls(ports)));
        KeyValueConfiguration config = KeyValueConfiguration.builder(BUCKET)
                .ttl(Duration.ofHours(1))
                .storageType(StorageType.File)
                .replicas(ports.size())
                .build();
        Servers.ready(() -> connection.keyValueManagement().create(config));
        // 1,024 synced writes may queue for longer than the default of 2 s.
        JetStreamOptions patience =
                JetStreamOptions.builder().requestTimeout(Servers.PATIENCE).build();
        KeyValueOptions patient =
                KeyValueOptions.builder().jetStreamOptions(patience).build();
        Holder holder = new Holder(connection, connection.keyValue(BUCKET, patient), ttl);
        holder.watch(entry -> {
            if (entry.getOperation() != KeyValueOperation.PUT) {
                holder.wake(entry.getKey());
            }
        });
        return holder;
    }

    private static final class Holder implements LockClient {

        private static final ObjectMapper MAPPER = new ObjectMapper();

        private final AgentThreads threads = new AgentThreads();
        private final Map<String, CompletableFuture<Void>> releases = new ConcurrentHashMap<>();
        private final Connection connection;
        private final KeyValue bucket;
        private final Duration ttl;

        Holder(Connection connection, KeyValue bucket, Duration ttl) {
            this.connection = connection;
            this.bucket = bucket;
            this.ttl = ttl;
        }

        @Override
        public CompletionStage<Held> take(String file, int agent) {
            return threads.on(agent, () -> {
                Instant until = write(key(file), agent);
                if (until.isAfter(Instant.EPOCH)) {
                    throw new IllegalStateException(file + " is held until " + until);
                }
                return new Taken(file, agent);
            });
        }

        @Override
        public CompletionStage<Held> await(String file, int agent) {
            String key = key(file);
            return threads.on(agent, () -> {
                while (true) {
                    CompletableFuture<Void> released =
                            releases.computeIfAbsent(key, first -> new CompletableFuture<>());
                    Instant until = write(key, agent);
                    if (until.equals(Instant.EPOCH)) {
                        return new Taken(file, agent);
                    }
                    sleepUntil(until, released);
                }
            });
        }

        private static void sleepUntil(Instant until, CompletableFuture<Void> released) throws Exception {
            try {
                released.get(Math.max(0, Duration.between(Instant.now(), until).toNanos()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                // The hold expired, or another agent came between: try again.
            }
        }

        private void wake(String key) {
            CompletableFuture<Void> released = releases.remove(key);
            if (released != null) {
                released.complete(null);
            }
        }

        /** @return {@link Instant#EPOCH} when it is written, else when to try again at the latest */
        private Instant write(String key, int agent) throws IOException, JetStreamApiException, InterruptedException {
            KeyValueEntry entry = bucket.get(key);
            byte[] value = Rig.goValue("agent-" + agent, Instant.now(), ttl);
            try {
                if (entry == null) {
                    bucket.create(key, value);
                    return Instant.EPOCH;
                }
                JsonNode held = MAPPER.readTree(entry.getValue());
                Instant until = Instant.parse(held.path("expires_at").asText());
                if (isOwn(held, agent) || until.isBefore(Instant.now())) {
                    bucket.update(key, value, entry.getRevision());
                    return Instant.EPOCH;
                }
                return until;
            } catch (JetStreamApiException e) {
                if (e.getApiErrorCode() == 10071 || e.getApiErrorCode() == 10164) {
                    return Instant.now(); // another agent was faster
                }
                throw e;
            }
        }

        private void delete(String key, int agent) throws IOException, JetStreamApiException, InterruptedException {
            KeyValueEntry entry = bucket.get(key);
            if (entry != null && isOwn(MAPPER.readTree(entry.getValue()), agent)) {
                bucket.delete(key);
            }
        }

        private static boolean isOwn(JsonNode held, int agent) {
            return held.path("agent_id").asText().equals("agent-" + agent);
        }

        private static String key(String file) {
            return HoldKey.of(FilePath.of(file)).text();
        }

        @Override
        public void watch(Runnable taken) throws Exception {
            watch((KeyValueEntry entry) -> {
                if (entry.getOperation() == KeyValueOperation.PUT) {
                    taken.run();
                }
            });
        }

        void watch(Consumer<KeyValueEntry> each) throws Exception {
            var unused = bucket.watchAll(
                    new KeyValueWatcher() {
                        @Override
                        public void watch(KeyValueEntry entry) {
                            each.accept(entry);
                        }

                        @Override
                        public void endOfData() {
                            // It goes on.
                        }
                    },
                    KeyValueWatchOption.UPDATES_ONLY);
        }

        /** The escaped slashes are part of the one token of a key: the broker cannot select a directory. */
        @Override
        public List<String> page(String directory, int limit) throws Exception {
            String prefix = key(directory + "/x");
            String within = prefix.substring(0, prefix.length() - 1);
            return bucket.keys().stream()
                    .filter(key -> key.startsWith(within))
                    .sorted()
                    .limit(limit)
                    .toList();
        }

        @Override
        public void close() throws Exception {
            threads.close();
            connection.close();
        }

        private final class Taken implements Held {

            private final String key;
            private final int agent;

            Taken(String file, int agent) {
                this.key = key(file);
                this.agent = agent;
            }

            @Override
            public CompletionStage<?> renew() {
                return threads.on(agent, () -> write(key, agent));
            }

            @Override
            public CompletionStage<?> release() {
                return threads.on(agent, () -> {
                    delete(key, agent);
                    return true;
                });
            }
        }
    }
}
