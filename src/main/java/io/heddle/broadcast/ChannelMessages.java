package io.heddle.broadcast;

import io.smallrye.mutiny.Multi;
import io.smallrye.reactive.messaging.providers.locals.ContextAwareMessage;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import org.eclipse.microprofile.reactive.messaging.Message;

/** The messages of an incoming channel, as the connectors of SmallRye deliver them. */
public final class ChannelMessages {

    private ChannelMessages() {}

    /**
     * Delivers events as messages on one event loop for each subscription. Each message has a duplicated context of its own, so that
     * the channel's method may use Hibernate Reactive, context locals and traces.
     */
    public static <T> Multi<Message<T>> of(Multi<T> events, Vertx vertx) {
        return Multi.createFrom().deferred(() -> {
            Context context = ((VertxInternal) vertx).createEventLoopContext();
            // One event at a time: the others wait in the subscription's own bounded buffer.
            return events.emitOn(task -> context.runOnContext(ignored -> task.run()), 1)
                    .map(ContextAwareMessage::of);
        });
    }
}
