package io.heddle.hold;

import static io.heddle.hold.Rig.TTL;
import static io.heddle.hold.Rig.call;
import static io.heddle.hold.Rig.file;
import static io.heddle.hold.Rig.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.HoldEvent.Announced;
import io.heddle.hold.HoldEvent.Reset;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Three servers, three copies of the bucket, and the leader is killed. */
class HoldClusterTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<NatsServer> servers = cluster();
    private final String urls = servers.stream().map(NatsServer::url).collect(Collectors.joining(","));
    private final NatsConnection connection =
            new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", urls)), null);
    private KvHolds holds;

    @AfterEach
    void end() {
        holds.close();
        connection.close();
        servers.forEach(NatsServer::close);
    }

    @Test
    void holdsSurviveTheirLeader() throws IOException, InterruptedException {
        connection.start();
        holds = KvHolds.start(connection, Rig.config("replicas", "3"), HoldsListener.NONE);
        await().atMost(PATIENCE).until(() -> holds.status().ready());
        AssertSubscriber<HoldEvent> events = holds.subscribe().subscribe().withSubscriber(AssertSubscriber.create(100));
        Grant before = get(holds.announce(file("kept"), "a", TTL, ""));
        HoldLease lease = get(holds.acquire(file("lease"), "a", TTL, ""));

        leader().kill();

        await().atMost(PATIENCE).until(() -> holds.announce(file("after"), "a", TTL, "")
                .map(grant -> true)
                .onFailure()
                .recoverWithItem(false)
                .await()
                .atMost(PATIENCE));
        Grant renewed = get(holds.announce(file("kept"), "a", TTL, ""));
        assertThat(renewed.token()).isEqualTo(before.token());
        assertThat(renewed.hold().revision()).isGreaterThan(before.hold().revision());
        assertThat(lease.isInForce()).isTrue();
        await().atMost(PATIENCE).until(() -> events.getItems().stream()
                .anyMatch(event -> event instanceof Announced announced
                        && announced.renewal()
                        && announced.file().equals(file("kept"))));
        assertThat(events.getItems()).noneMatch(event -> event instanceof Reset);
        assertThat(events.getItems().stream().filter(event -> event instanceof Announced))
                .extracting(HoldEvent::revision)
                .isSorted()
                .doesNotHaveDuplicates();
    }

    private NatsServer leader() throws IOException, InterruptedException {
        try (Connection raw = Nats.connect(servers.get(0).url())) {
            String name = call(() -> raw.jetStreamManagement().getStreamInfo("KV_" + Rig.BUCKET))
                    .getClusterInfo()
                    .getLeader();
            return servers.stream()
                    .filter(server -> name.equals("test-" + server.port()))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static List<NatsServer> cluster() {
        List<NatsServer> servers = new ArrayList<>();
        List<Integer> ports = freePorts(3);
        String routes = ports.stream().map(port -> "nats://127.0.0.1:" + port).collect(Collectors.joining(", "));
        for (int port : ports) {
            servers.add(NatsServer.create()
                    .with("cluster { name: test, listen: \"127.0.0.1:" + port + "\", routes: [" + routes + "] }"));
        }
        // Together: alone, none of them becomes healthy.
        List<CompletableFuture<NatsServer>> starting = servers.stream()
                .map(server -> CompletableFuture.supplyAsync(server::start, command -> new Thread(command).start()))
                .toList();
        starting.forEach(CompletableFuture::join);
        return servers;
    }

    private static List<Integer> freePorts(int count) {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0));
            }
            List<Integer> ports =
                    sockets.stream().map(ServerSocket::getLocalPort).toList();
            for (ServerSocket socket : sockets) {
                socket.close();
            }
            return ports;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
