package io.heddle.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.mount.DeliveryMode;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareMessages;
import io.heddle.mount.ShareMount;
import io.heddle.mount.ShareRules;
import io.heddle.mount.ShareState;
import io.heddle.mount.ShareStatus;
import io.heddle.mount.directory.DirectoryApplier;
import io.heddle.mount.node.ShareAgent;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsProxy;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.QuietLog;
import io.nats.client.JetStream;
import io.nats.client.api.StreamConfiguration;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Faults S1 and G2: no share is ever forgotten, whatever the publishers, and however few messages the stream keeps.
 *
 * <p>The long form: {@code -Dheddle.test.shares=1000 -Dheddle.test.messages=10000 -Dheddle.test.rounds=20}.
 */
class NothingForgottenTest {

    private static final int SHARES = Integer.getInteger("heddle.test.shares", 100);
    private static final int MESSAGES = Integer.getInteger("heddle.test.messages", 500);
    private static final int ROUNDS = Integer.getInteger("heddle.test.rounds", 1);
    private static final Duration SOON = Duration.ofSeconds(60 + MESSAGES / 50);

    private final FleetRig rig = new FleetRig(NatsServer.started());

    @TempDir
    Path directory;

    @AfterEach
    void end() {
        rig.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 64})
    void everyShareIsAsItsLastMessageSaid(long keptByTheStream) throws Exception {
        goMakesTheStream(keptByTheStream);
        Fleet control = control();
        Publishers publishers = new Publishers(new Random(keptByTheStream));
        try (QuietLog quiet = QuietLog.of("io.heddle.mount")) {
            assertThat(quiet).isNotNull();
            for (int round = 0; round < ROUNDS; round++) {
                String vm = "vm-" + round;
                Map<String, String> expected;
                try (Agent agent = new Agent(vm)) {
                    long began = System.nanoTime();
                    expected = publishers.publish(vm);
                    System.out.printf(
                            "round %d, %d kept: %d messages on %d shares in %d ms%n",
                            round,
                            keptByTheStream,
                            MESSAGES,
                            SHARES,
                            Duration.ofNanos(System.nanoTime() - began).toMillis());
                    agent.awaits(expected);
                    await().atMost(SOON).untilAsserted(() -> assertThat(differences(desired(control, vm), expected))
                            .isEmpty());
                }
                loseTheStateDirectory();

                try (Agent rebuilt = new Agent(vm)) {
                    rebuilt.awaits(expected);
                }
                Fleet later = control();
                await().atMost(SOON).until(() -> later.vms().isComplete());
                assertThat(differences(desired(later, vm), expected)).isEmpty();
                later.close();
                loseTheStateDirectory();
            }
        }
    }

    /** Fault G2: the stream drops a message as soon as the next one comes, also before it was delivered. */
    @Test
    void aRunningNodeAgentSeesEveryMessage() throws Exception {
        goMakesTheStream(1);
        try (Agent agent = new Agent("vm")) {
            Map<String, String> expected = new TreeMap<>();
            for (int round = 0; round < 10; round++) {
                for (int share = 0; share < 10; share++) {
                    String id = "s-" + round + "-" + share;
                    expected.put(id, mountPoint(id, round));
                    rig.client().publish("weft.mounts.vm", message(id, round));
                }
                agent.awaits(expected);
            }
        }
    }

    /** Fault B25: messages that are published while the stream takes over, before and after it exists. */
    @Test
    void noMessageIsLostWhenTheStreamAppears() throws Exception {
        rig.server.stop();
        rig.server.jetStream(false).start();
        try (NatsProxy network = NatsProxy.before(rig.server);
                Agent agent = new Agent("vm", network.url())) {
            await().atMost(SOON).until(() -> agent.agent.mode() == DeliveryMode.CORE);
            Map<String, String> expected = new TreeMap<>();
            publishSome(expected, "core");
            agent.awaits(expected);

            rig.server.stop();
            network.holdFrom("$JS.API.STREAM.CREATE.weft-mounts");
            rig.server.jetStream(true).start();
            await().atMost(SOON).until(network::isHolding);
            publishSome(expected, "before-the-stream");
            agent.awaits(expected);
            network.heal();
            AtomicInteger batch = new AtomicInteger();
            await().atMost(SOON).pollInterval(Duration.ofMillis(10)).until(() -> {
                publishSome(expected, "batch-" + batch.incrementAndGet());
                return agent.agent.mode() == DeliveryMode.JETSTREAM;
            });
            publishSome(expected, "stream");

            agent.awaits(expected);
        }
    }

    private void publishSome(Map<String, String> expected, String name) throws Exception {
        for (int share = 0; share < 5; share++) {
            String id = name + "-" + share;
            expected.put(id, mountPoint(id, 0));
            rig.client().publish("weft.mounts.vm", message(id, 0));
        }
        rig.client().flush(SOON);
    }

    private void goMakesTheStream(long messagesPerVm) throws Exception {
        rig.client()
                .jetStreamManagement()
                .addStream(StreamConfiguration.builder()
                        .name("weft-mounts")
                        .subjects("weft.mounts.*")
                        .maxMessagesPerSubject(messagesPerVm)
                        .build());
    }

    private void loseTheStateDirectory() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("state"))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static List<String> differences(Map<String, String> actual, Map<String, String> expected) {
        return Stream.concat(actual.keySet().stream(), expected.keySet().stream())
                .distinct()
                .filter(id -> !Objects.equals(actual.get(id), expected.get(id)))
                .map(id -> id + ": " + actual.get(id) + " instead of " + expected.get(id))
                .toList();
    }

    private Fleet control() {
        return rig.replica("heddle.mounts.allowed-roots", directory + "/shares");
    }

    private static Map<String, String> desired(Fleet fleet, String vm) {
        VmView view = fleet.vms().get(vm).orElse(null);
        return view == null
                ? Map.of()
                : view.shares().stream()
                        .filter(share -> share.desired() != null)
                        .collect(Collectors.toMap(
                                VmShare::id, share -> share.desired().mountPoint()));
    }

    private String mountPoint(String id, int version) {
        return directory + "/shares/" + id + "-" + version;
    }

    private byte[] message(String id, int version) {
        return """
                {"id": "%s", "mount_point": "%s", "cubefs": {"volume": "v", "masters": ["h:1"], "owner": "o"}}""".formatted(id, mountPoint(id, version)).getBytes(StandardCharsets.UTF_8);
    }

    private MountsConfig config(String vm) {
        return Configs.of(
                MountsConfig.class,
                Map.of(
                        "heddle.mounts.vm-ids", vm,
                        "heddle.mounts.allowed-roots", directory + "/shares",
                        "heddle.mounts.state-dir", directory + "/state"));
    }

    /** Our API and a Go program, in random order; of each share one message at a time, so that there is a last one. */
    private final class Publishers {

        private final Random random;
        private final SharePublisher api;
        private final JetStream go;

        Publishers(Random random) throws IOException {
            this.random = random;
            this.api = new SharePublisher(rig.connection(), config("publisher"), List.of());
            this.go = rig.client().jetStream();
        }

        /** Returns the mount point that the last message on each share says; none for an unmount. */
        Map<String, String> publish(String vm) {
            Map<String, String> expected = new TreeMap<>();
            Map<String, CompletableFuture<?>> last = new HashMap<>();
            Semaphore inFlight = new Semaphore(64);
            for (int number = 0; number < MESSAGES; number++) {
                String id = "share-" + random.nextInt(SHARES);
                boolean unmount = random.nextInt(10) == 0;
                byte[] message = unmount
                        ? ShareMessages.toBytes(ShareMount.unmount(id, mountPoint(id, 0)))
                        : message(id, number);
                if (unmount) {
                    expected.remove(id);
                } else {
                    expected.put(id, mountPoint(id, number));
                }
                Supplier<CompletableFuture<?>> publish = random.nextBoolean()
                        ? () -> api.publish(vm, ShareMessages.parse(message, ShareRules.of(config(vm))))
                                .subscribeAsCompletionStage()
                        : () -> go.publishAsync("weft.mounts." + vm, message);
                inFlight.acquireUninterruptibly();
                CompletableFuture<?> published = last.getOrDefault(id, CompletableFuture.completedFuture(null))
                        .thenCompose(before -> publish.get());
                last.put(id, published);
                published.whenComplete((done, failure) -> inFlight.release());
            }
            CompletableFuture.allOf(last.values().toArray(CompletableFuture[]::new))
                    .join();
            return expected;
        }
    }

    /** A node agent with the directory engine. */
    private final class Agent implements AutoCloseable {

        private final ShareAgent agent;

        Agent(String vm) {
            this(vm, rig.server.url());
        }

        Agent(String vm, String url) {
            MountsConfig config = config(vm);
            NatsConnection connection = rig.connection(url);
            var worker = Infrastructure.getDefaultWorkerPool();
            agent = new ShareAgent(
                    config, connection, new DirectoryApplier(config.stateDir(), ShareRules.of(config), worker), worker);
            agent.start();
            await().atMost(SOON).until(() -> agent.mode() != DeliveryMode.NONE);
        }

        void awaits(Map<String, String> expected) {
            await().atMost(SOON).untilAsserted(() -> assertThat(differences(mounted(), expected))
                    .isEmpty());
        }

        private Map<String, String> mounted() {
            return agent.statuses().stream()
                    .filter(status -> status.state() == ShareState.MOUNTED)
                    .collect(Collectors.toMap(ShareStatus::id, ShareStatus::mountPoint));
        }

        @Override
        public void close() {
            agent.stop().await().atMost(SOON);
        }
    }
}
