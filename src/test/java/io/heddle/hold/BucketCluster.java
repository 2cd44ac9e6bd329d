package io.heddle.hold;

import static io.heddle.hold.Rig.call;
import static org.awaitility.Awaitility.await;

import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StreamInfo;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Three servers that keep the bucket together, and what an administrator can do about its leader. */
public final class BucketCluster implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    public final List<NatsServer> servers = NatsServer.cluster(3);
    private Connection raw;

    String urls() {
        return servers.stream().map(NatsServer::url).collect(Collectors.joining(","));
    }

    /** The name of the bucket's leader; empty while there is none, or the API has none that could tell. */
    public Optional<String> leader() {
        Message answer =
                call(() -> raw().request("$JS.API.STREAM.INFO.KV_" + Rig.BUCKET, new byte[0], Duration.ofMillis(200)));
        if (answer == null || answer.isStatusMessage()) {
            return Optional.empty();
        }
        StreamInfo info = call(() -> new StreamInfo(answer));
        return info.hasError()
                ? Optional.empty()
                : Optional.ofNullable(info.getClusterInfo().getLeader()).filter(name -> !name.isEmpty());
    }

    /** The leader, once there is one. */
    public String awaitLeader() {
        return await().ignoreExceptions()
                .atMost(PATIENCE)
                .until(this::leader, Optional::isPresent)
                .orElseThrow();
    }

    /** Until both, the bucket and the API, are led by another one. */
    void awaitOther(String before) {
        await().ignoreExceptions()
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> leader().filter(name -> !name.equals(before)).isPresent() && apiIsLed());
    }

    public void stepDown() {
        call(() -> raw().request("$JS.API.STREAM.LEADER.STEPDOWN.KV_" + Rig.BUCKET, new byte[0], PATIENCE));
    }

    public NatsServer server(String name) {
        return servers.stream()
                .filter(server -> name.equals("test-" + server.port()))
                .findFirst()
                .orElseThrow();
    }

    /** A connection that no server's end can end. */
    Connection raw() {
        if (raw == null) {
            raw = call(() -> Nats.connect(new Options.Builder()
                    .servers(servers.stream().map(NatsServer::url).toArray(String[]::new))
                    .maxReconnects(-1)
                    .reconnectWait(Duration.ofMillis(20))
                    .reconnectJitter(Duration.ofMillis(1))
                    .build()));
        }
        return raw;
    }

    private boolean apiIsLed() {
        return servers.stream()
                .anyMatch(server -> server.monitor("/healthz?js-meta-only=true").contains("\"ok\""));
    }

    @Override
    public void close() {
        if (raw != null) {
            call(() -> {
                raw.close();
                return true;
            });
        }
        servers.forEach(NatsServer::close);
    }
}
