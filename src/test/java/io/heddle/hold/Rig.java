package io.heddle.hold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.bucket.HoldEngine;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.clock.BrokerClock;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsProxy;
import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import io.nats.client.Nats;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.StorageType;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;

/** A broker of our own, and any number of processes' worth of holds on it. */
public final class Rig implements AutoCloseable {

    public static final String BUCKET = "bones-holds";
    public static final Duration TTL = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration RIGHT_AGAIN = Duration.ofSeconds(2);
    private static final Duration POLL = Duration.ofMillis(5);

    public final NatsServer server;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    public Rig() {
        this(NatsServer.started());
    }

    public Rig(NatsServer server) {
        this.server = server;
    }

    /** Holds on a connection of their own, once they have read the bucket. */
    public KvHolds holds(String... settings) {
        KvHolds holds = unready(HoldsListener.NONE, settings);
        await().atMost(PATIENCE).until(() -> holds.status().ready());
        return holds;
    }

    KvHolds unready(HoldsListener listener, String... settings) {
        KvHolds holds = KvHolds.start(connection(), config(settings), listener);
        open.push(holds);
        return holds;
    }

    KvHolds unready(BrokerClock clock, String... settings) {
        KvHolds holds = KvHolds.start(connection(), config(settings), clock, HoldsListener.NONE);
        open.push(holds);
        return holds;
    }

    public KvHolds holds(BrokerClock clock, String... settings) {
        KvHolds holds = unready(clock, settings);
        await().atMost(PATIENCE).until(() -> holds.status().ready());
        return holds;
    }

    /** Holds that go by a clock of the test's own. */
    public static KvHolds start(
            NatsConnection connection, HoldsConfig config, BrokerClock clock, HoldsListener listener) {
        return KvHolds.start(connection, config, clock, listener);
    }

    /** Holds behind a network of their own. */
    public KvHolds holds(NatsProxy network, HoldsListener listener, String... settings) {
        open.push(network);
        KvHolds holds = KvHolds.start(connection(network.url()), config(settings), listener);
        open.push(holds);
        await().atMost(PATIENCE).until(() -> holds.status().ready());
        return holds;
    }

    /** What is below the holds, once it has read the bucket. */
    HoldEngine engine() {
        BrokerClock clock = new BrokerClock(System::nanoTime, System::currentTimeMillis, Duration.ofMillis(50));
        HoldEngine engine = new HoldEngine(connection(), config(), clock, HoldsListener.NONE);
        open.push(engine::close);
        engine.start();
        await().atMost(PATIENCE).until(engine.index::isCurrent);
        return engine;
    }

    NatsConnection connection() {
        return connection(server.url());
    }

    private NatsConnection connection(String url) {
        NatsConnection connection =
                new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", url)), null);
        open.push(connection);
        connection.start();
        return connection;
    }

    /** The bucket as any other client sees it. */
    public KeyValue bucket() {
        return call(() -> raw().keyValue(BUCKET));
    }

    public Connection raw() {
        NatsConnection connection = connection();
        await().atMost(PATIENCE).until(() -> connection.state().isConnected());
        return connection.require();
    }

    /** Has another client write a hold, over a connection of its own that is made at once. */
    void put(FilePath file) {
        put(server, file);
    }

    public static void put(NatsServer server, FilePath file) {
        call(() -> {
            try (Connection raw = Nats.connect(server.url())) {
                return raw.keyValue(BUCKET).put(HoldKey.of(file).text(), goValue("go", Instant.now(), TTL));
            }
        });
    }

    /** Creates the bucket as a Go program does. */
    void makeBucket(Duration ttl) {
        call(() -> raw().keyValueManagement()
                .create(KeyValueConfiguration.builder(BUCKET)
                        .ttl(ttl)
                        .storageType(StorageType.File)
                        .maxHistoryPerKey(1)
                        .build()));
    }

    public static HoldsConfig config(String... settings) {
        Map<String, String> all = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            all.put("heddle.holds." + settings[i], settings[i + 1]);
        }
        return Configs.of(HoldsConfig.class, all);
    }

    public static FilePath file(String name) {
        return FilePath.of("/work/" + name);
    }

    public static <T> T get(Uni<T> uni) {
        return uni.await().atMost(PATIENCE);
    }

    public static Throwable failure(Uni<?> uni) {
        return uni.onItem()
                .transform(item -> (Throwable) null)
                .onFailure()
                .recoverWithItem(failure -> failure)
                .await()
                .atMost(PATIENCE);
    }

    /** Waits until it is right again, says how long after the broker was back, and insists on 2 seconds at most. */
    public static void rightAgain(String after, long backAt, Callable<Boolean> right) {
        await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(POLL).until(right);
        Duration took = Duration.ofNanos(System.nanoTime() - backAt);
        System.out.println("Right again " + took.toMillis() + " ms after: " + after);
        assertThat(took).as(after).isLessThanOrEqualTo(RIGHT_AGAIN);
    }

    /** A value as Go programs write it. */
    public static byte[] goValue(String agent, Instant claimed, Duration ttl) {
        return ("{\"agent_id\":\"" + agent + "\",\"claimed_at\":\"" + claimed + "\",\"expires_at\":\""
                        + claimed.plus(ttl) + "\",\"checkout_path\":\"/tmp/c\",\"ttl\":" + ttl.toNanos() + "}")
                .getBytes(StandardCharsets.UTF_8);
    }

    public static <T> T call(Call<T> call) {
        try {
            return call.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (JetStreamApiException | TimeoutException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public interface Call<T> {
        T run() throws IOException, JetStreamApiException, InterruptedException, TimeoutException;
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        server.close();
    }
}
