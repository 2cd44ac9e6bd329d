package io.heddle.hold.faults;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.hold.BucketCluster;
import io.heddle.hold.Rig;
import io.heddle.hold.faults.HoldHistory.Kind;
import io.heddle.hold.faults.HoldHistory.Step;
import io.heddle.testsupport.NatsServer;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;

/** The broker of a race and what can happen to it. Writes down what the history's judge has to know. */
interface FaultyBroker extends AutoCloseable {

    List<NatsServer> servers();

    List<FaultKind> kinds();

    /** Whether what happened before is over, so that the next may happen. */
    boolean isReady();

    void begin(FaultKind kind, HoldHistory.Writer history);

    void end(FaultKind kind, HoldHistory.Writer history);

    @Override
    void close();

    /** One server. */
    final class One implements FaultyBroker {

        private static final ObjectMapper MAPPER = new ObjectMapper();
        /** What clients may not publish: nothing that they need, or what they write holds with. */
        private static final String NOTHING = "nothing.>";

        private static final String WRITES = "$KV." + Rig.BUCKET + ".>";

        private final List<FaultKind> kinds;
        private final NatsServer server = NatsServer.create()
                .with(
                        "authorization { users: [ { user: all, password: all, permissions: { publish: { deny: [ \""
                                + NOTHING + "\" ] } } } ] }",
                        "no_auth_user: all")
                .start();
        private long wipedAt;
        private long backAt;
        private HoldHistory.Writer unreported;

        One(List<FaultKind> kinds) {
            this.kinds = kinds;
        }

        @Override
        public List<NatsServer> servers() {
            return List.of(server);
        }

        @Override
        public List<FaultKind> kinds() {
            return kinds;
        }

        /** After a wipe there has to be a bucket again: which tokens it gives is what tells both eras apart. */
        @Override
        public boolean isReady() {
            if (unreported == null) {
                return true;
            }
            long first = firstSequence();
            if (first == 0) {
                return false;
            }
            unreported.write(new Step(Kind.WIPED, wipedAt, backAt, first, "-", "-"));
            unreported = null;
            return true;
        }

        @Override
        public void begin(FaultKind kind, HoldHistory.Writer history) {
            switch (kind) {
                case RESTART_BROKER -> server.stop();
                case KILL_BROKER -> server.kill();
                case FREEZE_BROKER, STORE_LATE -> server.freeze();
                case REVOKE_RIGHTS -> server.reload(NOTHING, WRITES);
                case WIPE_STORE -> {
                    wipedAt = System.nanoTime();
                    server.kill();
                    server.wipe();
                }
                default -> throw new IllegalArgumentException(kind.text);
            }
        }

        @Override
        public void end(FaultKind kind, HoldHistory.Writer history) {
            switch (kind) {
                case FREEZE_BROKER, STORE_LATE -> server.thaw();
                case REVOKE_RIGHTS -> server.reload(WRITES, NOTHING);
                case WIPE_STORE -> {
                    server.start();
                    backAt = System.nanoTime();
                    unreported = history;
                }
                default -> server.start();
            }
        }

        /** The bucket's; 0 while there is none. */
        private long firstSequence() {
            try {
                JsonNode accounts = MAPPER.readTree(server.monitor("/jsz?streams=true&config=true"))
                        .path("account_details");
                for (JsonNode stream : accounts.path(0).path("stream_detail")) {
                    if (stream.path("name").asText().equals("KV_" + Rig.BUCKET)) {
                        return stream.path("config").path("first_seq").asLong();
                    }
                }
                return 0;
            } catch (JsonProcessingException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            server.thaw();
            server.close();
        }
    }

    /** Three servers, each with a copy. */
    final class Three implements FaultyBroker {

        /** How long a leader that goes on after it was deposed may take to hear of it. */
        private static final long DEPOSED_NANOS = Duration.ofSeconds(5).toNanos();

        private final BucketCluster cluster = new BucketCluster();
        private NatsServer victim;
        private long stoppedAt;

        @Override
        public List<NatsServer> servers() {
            return cluster.servers;
        }

        @Override
        public List<FaultKind> kinds() {
            return FaultKind.OF_THREE_SERVERS;
        }

        @Override
        public boolean isReady() {
            try {
                return cluster.leader().isPresent();
            } catch (IllegalStateException betweenTwoServers) {
                return false;
            }
        }

        @Override
        public void begin(FaultKind kind, HoldHistory.Writer history) {
            if (kind == FaultKind.STEP_DOWN) {
                cluster.stepDown();
                return;
            }
            victim = cluster.server(cluster.awaitLeader());
            stoppedAt = System.nanoTime();
            if (kind == FaultKind.KILL_LEADER) {
                victim.kill();
            } else {
                victim.freeze();
            }
        }

        @Override
        public void end(FaultKind kind, HoldHistory.Writer history) {
            if (kind == FaultKind.KILL_LEADER) {
                victim.start();
            } else if (kind == FaultKind.FREEZE_LEADER) {
                victim.thaw();
                history.write(new Step(Kind.DEPOSED, stoppedAt, System.nanoTime() + DEPOSED_NANOS, 0, "-", "-"));
            }
        }

        @Override
        public void close() {
            servers().forEach(NatsServer::thaw);
            cluster.close();
        }
    }
}
