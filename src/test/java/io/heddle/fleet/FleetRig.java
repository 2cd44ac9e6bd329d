package io.heddle.fleet;

import static org.awaitility.Awaitility.await;

import io.heddle.fleet.FanOut.Progress;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRules;
import io.heddle.mount.cubefs.CubeFs;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Replicas of the control plane in one process, each with a connection of its own, and a real broker. */
public final class FleetRig implements AutoCloseable {

    static final Duration SOON = Duration.ofSeconds(60);
    static final String SECRET = "SK-fleet-secret-4711";
    private static final ShareRules RULES = ShareRules.of(Configs.of(MountsConfig.class, Map.of()));

    final NatsServer server;
    private final List<NatsConnection> connections = new ArrayList<>();
    private final List<Fleet> replicas = new ArrayList<>();
    private Connection client;
    private String user;

    public FleetRig(NatsServer server) {
        this.server = server;
    }

    /** A replica that goes on with what stood still for a second. */
    Fleet replica(String... settings) {
        NatsConnection connection = connection();
        Map<String, String> values = new HashMap<>(Map.of("heddle.fleet.resume-after", "1s"));
        for (int at = 0; at < settings.length; at += 2) {
            values.put(settings[at], settings[at + 1]);
        }
        Fleet fleet = Fleet.start(
                connection,
                Configs.of(FleetConfig.class, values),
                Configs.of(MountsConfig.class, values),
                PublishListener.NONE,
                Infrastructure.getDefaultWorkerPool());
        replicas.add(fleet);
        return fleet;
    }

    /** Whom later replicas sign in as. */
    FleetRig as(String name) {
        user = name;
        return this;
    }

    NatsConnection connection() {
        return connection(server.url());
    }

    NatsConnection connection(String url) {
        Map<String, String> values = new HashMap<>(Map.of("heddle.nats.servers", url));
        if (user != null) {
            values.putAll(Map.of("heddle.nats.user", user, "heddle.nats.password", "p"));
        }
        NatsConnection connection = new NatsConnection(Configs.of(NatsConfig.class, values), null);
        connections.add(connection);
        connection.start();
        await().atMost(SOON).until(() -> connection.state().isConnected());
        return connection;
    }

    /** The latest replica dies as far as the broker can see: nothing that it still wants to say gets there. */
    void cutOffLatest() {
        connections.get(connections.size() - 1).close();
        replicas.get(replicas.size() - 1).close();
    }

    Connection client() {
        try {
            if (client == null) {
                client = Nats.connect(Options.builder()
                        .server(server.url())
                        .userInfo(user == null ? null : user.toCharArray(), user == null ? null : "p".toCharArray())
                        .build());
            }
            return client;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    public static ShareMount share(String id, String volume) {
        String json = """
                {"id": "%s", "mount_point": "/workspace/%s", "cubefs": {"volume": "%s", "masters": ["10.9.0.1:17010"],
                 "owner": "team", "access_key": "AK", "secret_key": "%s"}}""".formatted(id, id, volume, SECRET);
        return ShareMessages.parse(json.getBytes(StandardCharsets.UTF_8), RULES);
    }

    static <T> T get(Uni<T> uni) {
        return uni.await().atMost(SOON);
    }

    static Progress done(Uni<Groups.Update> update) {
        return get(update.chain(made -> made.fanOut().finished()));
    }

    /** All messages that the stream holds for a VM: {@code mount share volume} or {@code unmount share mount_point}. */
    List<String> published(String vm) {
        try {
            JetStreamSubscription all = client().jetStream()
                    .subscribe(
                            "weft.mounts." + vm,
                            PushSubscribeOptions.builder().stream("weft-mounts")
                                    .ordered(true)
                                    .configuration(ConsumerConfiguration.builder()
                                            .deliverPolicy(DeliverPolicy.All)
                                            .build())
                                    .build());
            List<String> found = new ArrayList<>();
            long pending = all.getConsumerInfo().getCalculatedPending();
            while (found.size() < pending) {
                Message message = all.nextMessage(SOON);
                ShareMount share = ShareMessages.parse(message.getData(), RULES);
                found.add(
                        share.isMount()
                                ? "mount " + share.id() + " " + ((CubeFs) share.requireSource()).volume()
                                : "unmount " + share.id() + " " + share.mountPoint());
            }
            all.unsubscribe();
            return found;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** How many messages the stream holds. */
    long messages() {
        try {
            return client().jetStreamManagement()
                    .getStreamInfo("weft-mounts")
                    .getStreamState()
                    .getMsgCount();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The latest message of the stream on a share of a VM; empty when it has none. */
    String lastWord(String vm, String share) {
        return published(vm).stream()
                .filter(message -> message.split(" ", -1)[1].equals(share))
                .reduce("", (one, two) -> two);
    }

    @Override
    public void close() {
        replicas.forEach(Fleet::close);
        connections.forEach(NatsConnection::close);
        try {
            if (client != null) {
                client.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        server.close();
    }
}
