package io.heddle.mount.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareStream;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.Broker;
import io.heddle.stream.StreamIdentity;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.smallrye.mutiny.subscription.Cancellable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The bucket of latest messages at a real broker. */
class ShareRecordsTest {

    private static final String BUCKET = "KV_heddle-shares";

    private final MountsConfig config = Configs.of(MountsConfig.class, Map.of());
    private final Broker broker = Broker.started();
    private ShareRecords records;
    private JetStreamManagement management;
    private StreamIdentity stream;

    @BeforeEach
    void begin() throws Exception {
        management = broker.administrator().jetStreamManagement();
        stream = new StreamIdentity(
                "weft-mounts",
                management
                        .addStream(new ShareStream("weft-mounts").configuration())
                        .getCreateTime()
                        .toInstant());
        records = new ShareRecords(broker.connection, config);
    }

    @AfterEach
    void end() {
        broker.close();
    }

    @Test
    void aPublisherStoresTheMessageAsPublishedAndNeverAnOlderOne() throws Exception {
        store("newer", false, 7);
        store("older", false, 3);

        assertThat(entry("vm-1.data")).isEqualTo("newer");
        store("newest", false, 8);
        assertThat(entry("vm-1.data")).isEqualTo("newest");
        assertThat(management.getStreamInfo(BUCKET).getStreamState().getLastSequence())
                .isEqualTo(2);
    }

    @Test
    void namesThatAKeyCannotHaveAreEncoded() {
        ShareMessage message = new ShareMessage("vm$1", "m".getBytes(StandardCharsets.UTF_8), null);
        records.store(message, "a.b..c", false, 1).join();

        assertThat(RecordCodec.key("vm$1", "a.b..c")).isEqualTo("vm=241.a=2Eb=2E=2Ec");
        assertThat(RecordCodec.parts("vm=241.a=2Eb=2E=2Ec")).containsExactly("vm$1", "a.b..c");
        assertThat(RecordCodec.parts("one")).isNull();
        assertThat(RecordCodec.parts("vm.a=2")).isNull();
        assertThat(records.message("vm$1", "a.b..c").await().atMost(Duration.ofSeconds(30)))
                .isPresent();
    }

    @Test
    void anUnmountExpiresWhereTheBucketAllowsIt() throws Exception {
        store("mount", false, 1);
        store("unmount", true, 2);

        assertThat(entry("vm-1.data")).isEqualTo("unmount");
        assertThat(last("vm-1.data").getHeaders().getLast("Nats-TTL")).isEqualTo("604800s");
    }

    @Test
    void anUnmountIsStoredInABucketThatAllowsNoTimeToLive() throws Exception {
        management.addStream(StreamConfiguration.builder()
                .name(BUCKET)
                .subjects("$KV.heddle-shares.>")
                .storageType(StorageType.Memory)
                .maxMessagesPerSubject(1)
                .build());

        store("unmount", true, 2);

        assertThat(entry("vm-1.data")).isEqualTo("unmount");
    }

    /** The stream was recreated: its sequences begin again, so the time decides. */
    @Test
    void aMessageOfARecreatedStreamReplacesAnOlderEntry() throws Exception {
        store("of the old stream", false, 100);
        management.deleteStream("weft-mounts");
        management.addStream(new ShareStream("weft-mounts").configuration());

        store("of the new stream", false, 1);

        assertThat(entry("vm-1.data")).isEqualTo("of the new stream");
    }

    @Test
    void anObserverStoresWhatTheBucketLacksAndNothingElse() throws Exception {
        Cancellable watch = records.watch(List.of("vm-1")).subscribe().with(item -> {});
        await().until(() -> records.failure() == null);
        store("by a publisher", false, 5);
        await().until(() -> records.has("vm-1", "data"));

        observe("by a publisher", 5);
        observe("older", 4);
        observe("newer", 6);
        records.observed(message("other"), "other", false, Position.inStream(stream, 7, Instant.now()));

        await().until(() -> records.has("vm-1", "other"));
        await().untilAsserted(() -> assertThat(entry("vm-1.data")).isEqualTo("newer"));
        assertThat(management.getStreamInfo(BUCKET).getStreamState().getLastSequence())
                .isEqualTo(3);
        watch.cancel();
    }

    @Test
    void whatIsPendingIsStoredAtStop() throws Exception {
        Cancellable watch = records.watch(List.of("vm-1")).subscribe().with(item -> {});
        await().until(() -> records.failure() == null);
        observe("last", 9);
        watch.cancel();

        records.stop().await().atMost(Duration.ofSeconds(30));

        assertThat(entry("vm-1.data")).isEqualTo("last");
    }

    /** A user of an earlier version has no right to the bucket: the call goes on, the reason is reported. */
    @Test
    void withoutPermissionThePublisherGoesOn() throws Exception {
        try (NatsServer server = NatsServer.create()
                        .with("authorization: { users: [ { user: u, password: p, permissions: {"
                                + " publish: { deny: [\"$KV.>\", \"$JS.API.*.*.KV_heddle-shares\","
                                + " \"$JS.API.STREAM.MSG.GET.KV_heddle-shares\"] } } } ] }");
                NatsConnection restricted = new NatsConnection(
                        Configs.of(
                                NatsConfig.class,
                                Map.of(
                                        "heddle.nats.servers", server.start().url(),
                                        "heddle.nats.user", "u",
                                        "heddle.nats.password", "p")),
                        null)) {
            restricted.start();
            await().until(() -> restricted.state().isConnected());
            restricted.require().jetStreamManagement().addStream(new ShareStream("weft-mounts").configuration());
            ShareRecords denied = new ShareRecords(restricted, config);

            denied.store(message("m"), "data", false, 1).get(5, TimeUnit.SECONDS);

            assertThat(denied.failure()).contains("not permitted").contains("KV_heddle-shares");
        }
    }

    private void store(String text, boolean unmount, long sequence) {
        records.store(message(text), "data", unmount, sequence)
                .orTimeout(5, TimeUnit.SECONDS)
                .join();
    }

    private void observe(String text, long sequence) {
        records.observed(message(text), "data", false, Position.inStream(stream, sequence, Instant.now()));
    }

    private static ShareMessage message(String text) {
        return new ShareMessage("vm-1", text.getBytes(StandardCharsets.UTF_8), null);
    }

    private MessageInfo last(String key) throws Exception {
        return management.getLastMessage(BUCKET, "$KV.heddle-shares." + key);
    }

    private String entry(String key) throws Exception {
        return new String(last(key).getData(), StandardCharsets.UTF_8);
    }
}
