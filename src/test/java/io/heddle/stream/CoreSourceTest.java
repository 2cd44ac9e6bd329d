package io.heddle.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.nats.NatsUnavailableException;
import io.heddle.testsupport.Configs;
import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CoreSourceTest {

    private static final byte[] NOTHING = new byte[0];

    private final NatsServer server = NatsServer.create();
    private final Broker broker = new Broker(server.jetStream(false).start());

    @AfterEach
    void end() {
        broker.close();
    }

    @Test
    void receivesFromSeveralSubjectsWithWhatASenderMayWaitFor() {
        AssertSubscriber<CoreMessage> subscriber = subscribe(new CoreSource(broker.connection, List.of("a", "b.*"), 8));

        broker.administrator().publish("a", "1".getBytes(StandardCharsets.UTF_8));
        broker.administrator().publish("b.x", "answer.here", "2".getBytes(StandardCharsets.UTF_8));
        broker.administrator().publish("c", "3".getBytes(StandardCharsets.UTF_8));

        subscriber.awaitItems(2);
        assertThat(subscriber.getItems()).extracting(CoreMessage::subject).containsExactly("a", "b.x");
        assertThat(subscriber.getItems()).extracting(CoreMessage::replyTo).containsExactly(null, "answer.here");
    }

    @Test
    void dropsTheNewestAndCountsThemWhenNobodyTakesThem() {
        CoreSource source = new CoreSource(broker.connection, List.of("a"), 4);
        AssertSubscriber<CoreMessage> subscriber =
                source.subscribe().subscribe().withSubscriber(AssertSubscriber.create(0));
        awaitSubscribed();

        for (int number = 1; number <= 10; number++) {
            broker.administrator().publish("a", Integer.toString(number).getBytes(StandardCharsets.UTF_8));
        }

        await().until(() -> source.dropped() == 6);
        subscriber.request(10);
        subscriber.awaitItems(4);
        assertThat(subscriber.getItems())
                .extracting(message -> new String(message.data(), StandardCharsets.UTF_8))
                .containsExactly("1", "2", "3", "4");
    }

    @Test
    void goesOnAfterAReconnect() {
        AssertSubscriber<CoreMessage> subscriber = subscribe(new CoreSource(broker.connection, List.of("a"), 8));

        server.kill();
        server.start();
        awaitSubscribed();
        broker.administrator().publish("a", "1".getBytes(StandardCharsets.UTF_8));

        subscriber.awaitItems(1);
    }

    @Test
    void subscribesAnewOnAnotherConnectionOfTheClientLibrary() throws Exception {
        AssertSubscriber<CoreMessage> subscriber = subscribe(new CoreSource(broker.connection, List.of("a"), 8));

        Connection before = broker.connection.require();
        before.close();
        await().until(() -> broker.connection.state().isConnected() && broker.connection.require() != before);
        awaitSubscribed();
        broker.administrator().publish("a", "1".getBytes(StandardCharsets.UTF_8));

        subscriber.awaitItems(1);
    }

    @Test
    void receivesAgainAfterItsPermissionWasMissing() throws IOException {
        broker.close();
        NatsServer strict = NatsServer.create()
                .jetStream(false)
                .with("authorization { users: [ { user: u, password: p, permissions: { subscribe: { allow: [ "
                        + "\"_INBOX.>\", a, b ] } } }, { user: admin, password: p } ] }")
                .start();
        NatsConnection user = new NatsConnection(
                Configs.of(
                        NatsConfig.class,
                        Map.of(
                                "heddle.nats.servers", strict.url(),
                                "heddle.nats.user", "u",
                                "heddle.nats.password", "p")),
                null);
        user.start();
        try (strict;
                user;
                Connection admin = Nats.connect(strict.url().replace("://", "://admin:p@"))) {
            AssertSubscriber<CoreMessage> subscriber = new CoreSource(user, List.of("a", "b"), 8)
                    .subscribe()
                    .subscribe()
                    .withSubscriber(AssertSubscriber.create(Long.MAX_VALUE));
            await().until(() -> strict.monitor("/connz?subs=1").contains("\"b\""));

            strict.reload(" a, b ]", " x, b ]");
            await().until(() -> user.refusal().isPresent());
            assertThat(user.refusal().orElseThrow().subject()).isEqualTo("a");
            admin.publish("b", NOTHING);
            subscriber.awaitItems(1);
            strict.reload(" x, b ]", " a, b ]");

            await().untilAsserted(() -> {
                admin.publish("a", NOTHING);
                assertThat(subscriber.getItems())
                        .extracting(CoreMessage::subject)
                        .endsWith("a");
            });
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void leavesNoSubscriptionBehindWhenCancelled() {
        AssertSubscriber<CoreMessage> subscriber = subscribe(new CoreSource(broker.connection, List.of("a"), 8));

        subscriber.cancel();

        await().until(() -> !server.monitor("/connz?subs=1").contains("\"a\""));
    }

    @Test
    void failsWhenTheConnectionIsClosedForGood() {
        AssertSubscriber<CoreMessage> subscriber = subscribe(new CoreSource(broker.connection, List.of("a"), 8));

        broker.connection.close();

        subscriber.awaitFailure().assertFailedWith(NatsUnavailableException.class);
    }

    private AssertSubscriber<CoreMessage> subscribe(CoreSource source) {
        AssertSubscriber<CoreMessage> subscriber =
                source.subscribe().subscribe().withSubscriber(AssertSubscriber.create(Long.MAX_VALUE));
        awaitSubscribed();
        return subscriber;
    }

    private void awaitSubscribed() {
        await().until(() -> server.monitor("/connz?subs=1").contains("\"a\""));
    }
}
