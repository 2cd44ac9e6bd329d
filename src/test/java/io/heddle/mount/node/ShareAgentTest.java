package io.heddle.mount.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.heddle.mount.DeliveryMode;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareEvent;
import io.heddle.mount.ShareRefusedException;
import io.heddle.mount.ShareRules;
import io.heddle.mount.ShareState;
import io.heddle.mount.directory.DirectoryApplier;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent between a real broker and the directory engine. */
class ShareAgentTest {

    private final NatsServer server = NatsServer.started();
    private final List<ShareEvent> events = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> toClose = new ArrayList<>();
    private Connection publisher;
    private ShareAgent agent;

    @TempDir
    Path directory;

    @BeforeEach
    void begin() throws Exception {
        publisher = Nats.connect(server.url());
    }

    @AfterEach
    void end() throws Exception {
        stopAgent();
        publisher.close();
        server.close();
    }

    @Test
    void makesTheStreamWithRoomForManySharesOfAVm() throws Exception {
        startAgent(Map.of());

        StreamConfiguration stream = stream().getConfiguration();
        assertThat(stream.getSubjects()).containsExactly("weft.mounts.*");
        assertThat(stream.getMaxMsgsPerSubject()).isEqualTo(64);
    }

    @Test
    void appliesOnlyTheNewestStateOfEveryShareAtStart() throws Exception {
        addStream(64);
        for (int version = 1; version <= 20; version++) {
            publish(mount("a", "v" + version));
            publish(mount("b", "v" + version));
        }
        publish("{\"id\":\"b\",\"action\":\"unmount\"}");

        startAgent(Map.of());

        await().until(() -> state("a").equals("MOUNTED") && state("b").equals("UNMOUNTED"));
        assertThat(attempts("a")).isOne();
        assertThat(attempts("b")).isOne();
        assertThat(directory.resolve("shares/v20-a")).isSymbolicLink();
    }

    @Test
    void refusesEveryBadVectorAndGoesOn() throws Exception {
        List<JsonNode> refused = vectors("refused");
        startAgent(Map.of());
        await().until(() -> agent.mode() == DeliveryMode.JETSTREAM);

        for (JsonNode row : refused) {
            publish(row.get("payload").asText());
        }
        publish(mount("good", "good"));

        await().until(() -> state("good").equals("MOUNTED"));
        List<ShareEvent.Rejected> rejected = events.stream()
                .filter(ShareEvent.Rejected.class::isInstance)
                .map(ShareEvent.Rejected.class::cast)
                .toList();
        assertThat(refused).hasSize(31);
        assertThat(rejected).hasSameSizeAs(refused);
        for (int row = 0; row < refused.size(); row++) {
            assertThat(rejected.get(row).detail())
                    .as(refused.get(row).get("name").asText())
                    .contains(refused.get(row).get("reason_contains").asText());
            assertThat(rejected.get(row).sequence()).isEqualTo(row + 1L);
        }
    }

    @Test
    void leavesAShareOfAnotherBackendAlone() throws Exception {
        startAgent(Map.of());

        publish(vectors("ignored").get(0).get("payload").asText().replace("/run/weft/shares", shares()));

        await().until(() -> events.stream().anyMatch(ShareEvent.Ignored.class::isInstance));
        assertThat(agent.statuses()).isEmpty();
    }

    @Test
    void beginsWithTheBootFileAndKeepsToldUnmountsOverARestart() throws Exception {
        Path boot = directory.resolve("boot.json");
        Files.writeString(boot, "[" + mount("a", "a") + ", {\"id\": \"bad id\"}, " + mount("b", "b") + "]");
        startAgent(Map.of("heddle.mounts.boot-file", boot.toString()));
        await().until(() -> state("a").equals("MOUNTED") && state("b").equals("MOUNTED"));
        publish("{\"id\":\"a\",\"action\":\"unmount\"}");
        await().until(() -> state("a").equals("UNMOUNTED"));
        assertThat(events).filteredOn(ShareEvent.Rejected.class::isInstance).hasSize(1);
        stopAgent();
        publisher.jetStreamManagement().deleteStream("weft-mounts");

        startAgent(Map.of("heddle.mounts.boot-file", boot.toString()));

        await().until(() -> state("b").equals("MOUNTED"));
        assertThat(state("a")).isEqualTo("UNMOUNTED");
    }

    @Test
    void unmountsWhatTheBootFileNoLongerGives() throws Exception {
        Path boot = directory.resolve("boot.json");
        Files.writeString(boot, "[" + mount("a", "a") + "]");
        startAgent(Map.of("heddle.mounts.boot-file", boot.toString(), "heddle.mounts.keep-on-shutdown", "true"));
        await().until(() -> state("a").equals("MOUNTED"));
        stopAgent();
        assertThat(directory.resolve("shares/a-a")).isSymbolicLink();
        Files.writeString(boot, "[]");

        startAgent(Map.of("heddle.mounts.boot-file", boot.toString()));

        await().until(() -> state("a").equals("UNMOUNTED"));
        assertThat(directory.resolve("shares/a-a")).doesNotExist();
    }

    @Test
    void keepsItsSharesWhenTheStreamIsReplacedAndHearsTheNewOne() throws Exception {
        startAgent(Map.of());
        publish(mount("a", "a"));
        await().until(() -> state("a").equals("MOUNTED"));

        publisher.jetStreamManagement().deleteStream("weft-mounts");
        addStream(64);
        publish(mount("b", "b"));

        await().until(() -> state("b").equals("MOUNTED"));
        assertThat(state("a")).isEqualTo("MOUNTED");
        assertThat(attempts("a")).isOne();
    }

    @Test
    void saysThatAStreamIsNarrowAndLeavesItAlone() throws Exception {
        addStream(1);

        startAgent(Map.of());

        await().until(() -> agent.mode() == DeliveryMode.JETSTREAM);
        assertThat(agent.narrowStream()).isTrue();
        assertThat(stream().getConfiguration().getMaxMsgsPerSubject()).isOne();
    }

    @Test
    void widensANarrowStreamWhenItMay() throws Exception {
        addStream(1);

        startAgent(Map.of("heddle.mounts.widen-stream", "true"));

        await().until(() -> agent.mode() == DeliveryMode.JETSTREAM);
        assertThat(agent.narrowStream()).isFalse();
        assertThat(stream().getConfiguration().getMaxMsgsPerSubject()).isEqualTo(64);
    }

    @Test
    void tellsItsStatusUnderEveryName() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        publisher
                .createDispatcher(message ->
                        told.add(message.getSubject() + " " + new String(message.getData(), StandardCharsets.UTF_8)))
                .subscribe("weft.mounts.*.status");
        startAgent(Map.of());

        publish(mount("a", "a"));

        await().until(() -> told.stream()
                        .anyMatch(text -> text.startsWith("weft.mounts.vm-1.status") && text.contains("\"MOUNTED\""))
                && told.stream()
                        .anyMatch(text -> text.startsWith("weft.mounts.alias.status") && text.contains("\"MOUNTED\"")));
        assertThat(stream().getStreamState().getMsgCount()).isOne();
    }

    @Test
    void tellsOnItsLastBreathWhatBecameOfTheShares() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        publisher
                .createDispatcher(message -> told.add(new String(message.getData(), StandardCharsets.UTF_8)))
                .subscribe("weft.mounts.vm-1.status");
        startAgent(Map.of());
        publish(mount("a", "a"));
        await().until(() -> state("a").equals("MOUNTED"));

        stopAgent();

        await().until(() -> told.get(told.size() - 1).contains("\"UNMOUNTED\""));
    }

    @Test
    void canBeSubscribedToWhileAShareChanges() throws Exception {
        startAgent(Map.of());
        List<ShareEvent> seen = new CopyOnWriteArrayList<>();
        List<Boolean> subscribedInTime = new CopyOnWriteArrayList<>();
        agent.listen(event -> {
            CompletableFuture<Void> subscribed =
                    CompletableFuture.runAsync(() -> agent.events().subscribe().with(seen::add));
            try {
                subscribed.get(5, TimeUnit.SECONDS);
                subscribedInTime.add(true);
            } catch (Exception e) {
                subscribedInTime.add(false);
            }
        });

        publish(mount("a", "a"));

        await().until(() -> state("a").equals("MOUNTED"));
        assertThat(subscribedInTime).isNotEmpty().containsOnly(true);
        await().until(() -> seen.stream()
                .anyMatch(event -> event instanceof ShareEvent.Changed changed
                        && changed.status().state() == ShareState.MOUNTED));
    }

    @Test
    void unmountsWhatItRemembersWhenTheRulesHaveBecomeStricter() throws Exception {
        startAgent(Map.of("heddle.mounts.keep-on-shutdown", "true"));
        publish(mount("a", "a"));
        await().until(() -> state("a").equals("MOUNTED"));
        stopAgent();
        events.clear();

        startAgent(Map.of("heddle.mounts.allowed-roots", "/opt/tools"));

        await().until(() -> state("a").equals("UNMOUNTED"));
        assertThat(directory.resolve("shares/a-a")).doesNotExist();
        assertThat(events)
                .filteredOn(ShareEvent.Rejected.class::isInstance)
                .extracting(event -> ((ShareEvent.Rejected) event).reason())
                .containsOnly(ShareRefusedException.Reason.ALLOWED_ROOTS);
        stopAgent();
        startAgent(Map.of());
        await().until(() -> state("a").equals("MOUNTED"));
    }

    @Test
    void doesNotRememberShortLivedSharesForEver() throws Exception {
        startAgent(Map.of());
        publish(mount("kept", "kept"));
        for (int share = 0; share < 400; share++) {
            publish("{\"id\":\"short-" + share + "\",\"action\":\"unmount\"}");
            if (share % 50 == 0) {
                // The stream keeps 64 messages of a VM: do not outrun its reader.
                String id = "short-" + share;
                await().until(() -> state(id).equals("UNMOUNTED"));
            }
        }

        await().until(() -> {
            publish("{\"id\":\"last\",\"action\":\"unmount\"}");
            return state("last").equals("UNMOUNTED") && agent.statuses().size() == 257;
        });
        assertThat(state("short-399")).isEqualTo("UNMOUNTED");
        assertThat(state("kept")).isEqualTo("MOUNTED");
    }

    @Test
    void saysSoWhenCoreNatsIsCutOff() {
        server.stop();
        server.jetStream(false).start();
        startAgent(Map.of());
        assertThat(agent.mode()).isEqualTo(DeliveryMode.CORE);

        server.stop();

        await().until(() -> agent.mode() == DeliveryMode.NONE);
    }

    @Test
    void usesOneConsumerForAllItsNames() throws Exception {
        startAgent(Map.of());
        await().until(() -> agent.mode() == DeliveryMode.JETSTREAM);

        assertThat(stream().getStreamState().getConsumerCount()).isOne();
    }

    private void startAgent(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("heddle.mounts.vm-ids", "vm-1,alias");
        all.put("heddle.mounts.state-dir", directory.resolve("state").toString());
        // The vectors' own roots are allowed too, so that they are refused for their own reasons.
        all.putIfAbsent("heddle.mounts.allowed-roots", shares() + ",/run/weft/shares,/workspace,/opt/tools");
        MountsConfig config = Configs.of(MountsConfig.class, all);
        NatsConnection connection =
                new NatsConnection(Configs.of(NatsConfig.class, Map.of("heddle.nats.servers", server.url())), null);
        connection.start();
        var worker = Infrastructure.getDefaultWorkerPool();
        agent = new ShareAgent(
                config, connection, new DirectoryApplier(config.stateDir(), ShareRules.of(config), worker), worker);
        agent.listen(events::add);
        ShareStatusPublisher status = new ShareStatusPublisher(config, connection, agent, worker);
        status.start();
        agent.start();
        ShareAgent started = agent;
        toClose.add(() -> started.stop().await().indefinitely());
        toClose.add(status);
        toClose.add(connection);
        await().until(() -> agent.mode() != DeliveryMode.NONE);
    }

    private void stopAgent() throws Exception {
        for (AutoCloseable part : toClose) {
            part.close();
        }
        toClose.clear();
    }

    private void addStream(int messagesPerVm) throws Exception {
        JetStreamManagement management = publisher.jetStreamManagement();
        management.addStream(StreamConfiguration.builder()
                .name("weft-mounts")
                .subjects("weft.mounts.*")
                .maxMessagesPerSubject(messagesPerVm)
                .build());
    }

    private StreamInfo stream() throws Exception {
        return publisher.jetStreamManagement().getStreamInfo("weft-mounts");
    }

    private void publish(String json) throws Exception {
        publisher.jetStream().publish("weft.mounts.vm-1", json.getBytes(StandardCharsets.UTF_8));
    }

    private String mount(String id, String place) {
        return "{\"id\":\"" + id + "\",\"mount_point\":\"" + shares() + "/" + place + "-" + id
                + "\",\"cubefs\":{\"volume\":\"v\",\"masters\":[\"h:1\"],\"owner\":\"o\"}}";
    }

    private String shares() {
        return directory.resolve("shares").toString();
    }

    private String state(String id) {
        return agent.statuses().stream()
                .filter(status -> status.id().equals(id))
                .map(status -> status.state().name())
                .findFirst()
                .orElse("");
    }

    private long attempts(String id) {
        return events.stream()
                .filter(event -> event instanceof ShareEvent.Attempted attempted
                        && attempted.id().equals(id))
                .count();
    }

    private static List<JsonNode> vectors(String kind) throws IOException {
        try (InputStream in = ShareAgentTest.class.getResourceAsStream("/vectors/share-mounts.json")) {
            JsonNode rows =
                    new ObjectMapper().readTree(Objects.requireNonNull(in)).get(kind);
            return StreamSupport.stream(rows.spliterator(), false).toList();
        }
    }
}
