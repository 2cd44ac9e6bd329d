package io.heddle.broadcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.heddle.hold.FilePath;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldRequest;
import io.heddle.hold.Holds;
import io.heddle.hold.Rig;
import io.heddle.mount.ShareEvent;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.BrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.vertx.core.runtime.context.VertxContextSafetyToggle;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.common.vertx.ContextLocals;
import io.smallrye.common.vertx.VertxContext;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.RequestScoped;
import jakarta.enterprise.context.control.ActivateRequestContext;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.eclipse.microprofile.reactive.messaging.Acknowledgment;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contexts on which the methods of channels run, as Hibernate Reactive and others need them. */
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
class ChannelMessagesTest {

    private static final int MESSAGES = 5;

    @Inject
    NatsConnection nats;

    @Inject
    Holds holds;

    @Inject
    Channels channels;

    /** What a method of a channel finds, and what it leaves for the next message if the two share it. */
    record Seen(
            String channel,
            @Nullable Context context,
            boolean eventLoop,
            boolean duplicated,
            boolean safe,
            int local,
            int requestScoped) {

        /** What a method finds whose message shares nothing with another one. */
        static Seen alone(Seen seen) {
            return new Seen(seen.channel, seen.context, seen.eventLoop, true, true, 1, 1);
        }
    }

    /** State of one request. */
    @RequestScoped
    static class Counter {
        private final AtomicInteger calls = new AtomicInteger();

        int count() {
            return calls.incrementAndGet();
        }
    }

    @ApplicationScoped
    static class Channels {

        private final List<Seen> seen = new CopyOnWriteArrayList<>();

        @Inject
        Counter counter;

        @Incoming("contexts-event-loop")
        @ActivateRequestContext
        Uni<Void> onEventLoop(HoldEvent event) {
            note("event-loop");
            return Uni.createFrom().voidItem();
        }

        @Incoming("contexts-message")
        @Acknowledgment(Acknowledgment.Strategy.MANUAL)
        @ActivateRequestContext
        Uni<Void> message(Message<HoldEvent> message) {
            note("message");
            return Uni.createFrom().completionStage(message.ack()).invoke(() -> note("acknowledged"));
        }

        @Incoming("contexts-ordered")
        @Blocking
        @ActivateRequestContext
        void ordered(HoldEvent event) {
            note("ordered");
        }

        @Incoming("contexts-unordered")
        @io.smallrye.reactive.messaging.annotations.Blocking(ordered = false)
        @ActivateRequestContext
        void unordered(HoldEvent event) {
            note("unordered");
        }

        @Incoming("contexts-shares")
        @ActivateRequestContext
        Uni<Void> share(ShareEvent event) {
            note("shares");
            return Uni.createFrom().voidItem();
        }

        private void note(String channel) {
            Context context = Vertx.currentContext();
            boolean duplicated = context != null && VertxContext.isDuplicatedContext(context);
            int local = duplicated ? ContextLocals.get("calls", 0) + 1 : 0;
            if (duplicated) {
                ContextLocals.put("calls", local);
            }
            boolean safe = duplicated && VertxContextSafetyToggle.isExplicitlyMarkedAsSafe(context);
            seen.add(new Seen(
                    channel, context, Context.isOnEventLoopThread(), duplicated, safe, local, counter.count()));
        }

        List<Seen> seen(String channel) {
            return seen.stream().filter(one -> one.channel().equals(channel)).toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"event-loop", "message", "ordered", "unordered"})
    void eachEventOfAHoldHasADuplicatedContextOfItsOwn(String channel) {
        List<FilePath> files = IntStream.range(0, MESSAGES)
                .mapToObj(i -> FilePath.of("/contexts/" + channel + i))
                .toList();

        files.forEach(file -> Rig.get(holds.announce(new HoldRequest(file, "a", Duration.ofSeconds(30)))));

        await().until(() -> channels.seen(channel).size() >= MESSAGES);
        assertThat(channels.seen(channel)).allSatisfy(one -> {
            assertThat(one.eventLoop()).isEqualTo(!channel.endsWith("ordered"));
            assertThat(one).isEqualTo(Seen.alone(one));
        });
        assertThat(channels.seen(channel)).extracting(Seen::context).doesNotHaveDuplicates();
    }

    @Test
    void anAcknowledgementReturnsToTheContextOfItsMessage() {
        Rig.get(holds.announce(new HoldRequest(FilePath.of("/contexts/acknowledged"), "a", Duration.ofSeconds(30))));

        await().until(() -> !channels.seen("acknowledged").isEmpty());

        assertThat(channels.seen("acknowledged"))
                .allSatisfy(one -> assertThat(one.local()).isEqualTo(2));
    }

    @Test
    void eachEventOfAShareHasADuplicatedContextOfItsOwn() {
        await().until(() -> nats.state().isConnected());

        IntStream.range(0, MESSAGES).forEach(i -> nats.require()
                .publish("weft.mounts.vm-1", """
                {"id": "contexts-%d", "mount_point": "/etc/contexts"}
                """.formatted(i).getBytes(StandardCharsets.UTF_8)));

        await().until(() -> channels.seen("shares").size() >= MESSAGES);
        assertThat(channels.seen("shares")).allSatisfy(one -> {
            assertThat(one.eventLoop()).isTrue();
            assertThat(one).isEqualTo(Seen.alone(one));
        });
        assertThat(channels.seen("shares")).extracting(Seen::context).doesNotHaveDuplicates();
    }
}
