package io.heddle.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.nats.NatsUnavailableException;
import io.heddle.testsupport.NatsServer;
import io.nats.client.Connection;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CoreSourceTest {

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
