package io.heddle.peers;

import static org.awaitility.Awaitility.await;

import io.heddle.hold.FilePath;
import io.heddle.hold.Grant;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.HoldsConfig;
import io.heddle.hold.HoldsListener;
import io.heddle.hold.KvHolds;
import io.heddle.hold.Rig;
import io.heddle.hold.history.HistoryStream;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.Configs;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Heddle in the process, as a service that embeds it has it. */
final class HeddlePeer extends NatsPeer {

    private final boolean history;

    /** @param history whether the broker records the history of holds, as it does by default */
    HeddlePeer(boolean history) {
        this.history = history;
    }

    @Override
    public String name() {
        return history ? "Heddle" : "Heddle without history";
    }

    @Override
    public LockClient connect(List<Integer> ports, Duration ttl) {
        NatsConnection connection =
                new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", urls(ports))), null);
        connection.start();
        HoldsConfig config = Rig.config("max-ttl", "1h", "replicas", Integer.toString(ports.size()));
        KvHolds holds = KvHolds.start(connection, config, HoldsListener.NONE);
        HistoryStream recorded = history ? HistoryStream.start(connection, config) : null;
        await().atMost(Servers.PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> holds.status().ready());
        return new Holds(connection, holds, recorded, ttl);
    }

    private record Holds(
            NatsConnection connection,
            KvHolds holds,
            @Nullable HistoryStream history,
            Duration ttl) implements LockClient {

        @Override
        public CompletionStage<Held> take(String file, int agent) {
            HoldRequest request = request(file, agent);
            return held(holds.announce(request), request);
        }

        @Override
        public CompletionStage<Held> await(String file, int agent) {
            HoldRequest request = request(file, agent);
            return held(holds.announce(request, Servers.PATIENCE), request);
        }

        private HoldRequest request(String file, int agent) {
            return new HoldRequest(FilePath.of(file), "agent-" + agent, ttl, "/tmp/c");
        }

        private CompletionStage<Held> held(Uni<Grant> grant, HoldRequest request) {
            return grant.<Held>map(granted -> new Announced(holds, request)).subscribeAsCompletionStage();
        }

        @Override
        public void watch(Runnable taken) {
            var unused = holds.subscribe(holds.status().revision()).subscribe().with(event -> {
                if (event instanceof HoldEvent.Announced) {
                    taken.run();
                }
            });
        }

        @Override
        public List<String> page(String directory, int limit) {
            return holds
                    .list(new HoldFilter(FilePath.directory(directory), null), null, limit)
                    .await()
                    .atMost(Servers.PATIENCE)
                    .stream()
                    .map(hold -> hold.file().value())
                    .toList();
        }

        @Override
        public void close() {
            holds.close();
            if (history != null) {
                history.close();
            }
            connection.close();
        }
    }

    private record Announced(KvHolds holds, HoldRequest request) implements LockClient.Held {

        @Override
        public CompletionStage<?> renew() {
            return holds.announce(request).subscribeAsCompletionStage();
        }

        @Override
        public CompletionStage<?> release() {
            return holds.release(request.file(), request.holder()).subscribeAsCompletionStage();
        }
    }
}
