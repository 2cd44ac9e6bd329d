package io.heddle.hold.event;

import io.heddle.broadcast.ChannelMessages;
import io.heddle.broadcast.SlowSubscriberException;
import io.heddle.hold.FilePath;
import io.heddle.hold.HoldEvent;
import io.heddle.hold.HoldEventId;
import io.heddle.hold.HoldFilter;
import io.heddle.hold.Holds;
import io.heddle.hold.LoggedHoldEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.annotations.ConnectorAttribute;
import io.smallrye.reactive.messaging.annotations.ConnectorAttribute.Direction;
import io.smallrye.reactive.messaging.connector.InboundConnector;
import io.smallrye.reactive.messaging.health.HealthReport;
import io.smallrye.reactive.messaging.health.HealthReporter;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.spi.Connector;
import org.jspecify.annotations.Nullable;

/**
 * {@link HoldEvent}s as a channel: {@code mp.messaging.incoming.<channel>.connector=heddle-holds}. Every channel receives the
 * snapshot, {@link HoldEvent.Synced}, and then live events. A consumer that falls behind receives what it missed as soon as it
 * continues, or {@link HoldEvent.Reset} and a new snapshot when that is not kept any more. Acknowledgement has no effect: events
 * are not redelivered.
 */
@ApplicationScoped
@Connector(HoldsConnector.NAME)
@ConnectorAttribute(
        name = HoldsConnector.WITHIN,
        type = "string",
        direction = Direction.INCOMING,
        description = "Only events of this file, or of files below this directory; an absolute path")
@ConnectorAttribute(
        name = HoldsConnector.BUFFER,
        type = "int",
        direction = Direction.INCOMING,
        defaultValue = "1024",
        description = "How many live events may wait for the channel before it has to resume from the event log")
public class HoldsConnector implements InboundConnector, HealthReporter {

    /** The connector's name in the configuration. */
    public static final String NAME = "heddle-holds";

    static final String WITHIN = "within";
    static final String BUFFER = "buffer";
    private static final int DEFAULT_BUFFER = 1024;

    /** The pause before a resumption, so that a channel that is always too slow does not keep the process busy. */
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final Instance<Holds> holds;
    private final Vertx vertx;
    private final Set<String> channels = ConcurrentHashMap.newKeySet();

    @Inject
    HoldsConnector(Instance<Holds> holds, Vertx vertx) {
        this.holds = holds;
        this.vertx = vertx;
    }

    @Override
    public Multi<Message<HoldEvent>> getPublisher(Config config) {
        if (!holds.isResolvable()) {
            throw new IllegalStateException("connector " + NAME + " needs heddle.holds.enabled=true");
        }
        channels.add(config.getValue("channel-name", String.class));
        FilePath within =
                config.getOptionalValue(WITHIN, String.class).map(FilePath::of).orElse(null);
        int buffer = config.getOptionalValue(BUFFER, Integer.class).orElse(DEFAULT_BUFFER);
        AtomicReference<@Nullable HoldEventId> last = new AtomicReference<>();
        Holds source = holds.get();
        Multi<HoldEvent> events = Multi.createFrom()
                .deferred(() -> source.follow(last.get(), buffer, new HoldFilter(within, null)))
                .invoke(logged -> last.set(logged.id()))
                .onFailure(SlowSubscriberException.class)
                .retry()
                .when(failures -> failures.onItem().transformToUniAndConcatenate(failure -> Uni.createFrom()
                        .item(failure)
                        .onItem()
                        .delayIt()
                        .by(PAUSE)))
                .map(LoggedHoldEvent::event);
        return ChannelMessages.of(events, vertx);
    }

    @Override
    public HealthReport getReadiness() {
        HealthReport.HealthReportBuilder report = HealthReport.builder();
        boolean ready = channels.isEmpty() || holds.get().status().ready();
        channels.forEach(channel -> report.add(channel, ready));
        return report.build();
    }
}
