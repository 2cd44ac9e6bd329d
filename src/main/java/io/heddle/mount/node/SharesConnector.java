package io.heddle.mount.node;

import io.heddle.broadcast.ChannelMessages;
import io.heddle.broadcast.SlowSubscriberException;
import io.heddle.mount.DeliveryMode;
import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.reactive.messaging.connector.InboundConnector;
import io.smallrye.reactive.messaging.health.HealthReport;
import io.smallrye.reactive.messaging.health.HealthReporter;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.spi.Connector;

/**
 * {@link ShareEvent}s of this machine's agent as a channel: {@code mp.messaging.incoming.<channel>.connector=heddle-shares}. Every
 * channel gets the state of each share as {@link ShareEvent.Changed}, and then what happens. A consumer that falls behind gets
 * the states again. Acknowledgement has no effect: events are not redelivered.
 */
@ApplicationScoped
@Connector(SharesConnector.NAME)
public class SharesConnector implements InboundConnector, HealthReporter {

    /** The connector's name in the configuration. */
    public static final String NAME = "heddle-shares";

    private final MountsConfig config;
    private final Instance<ShareAgent> agents;
    private final Vertx vertx;
    private final Set<String> channels = ConcurrentHashMap.newKeySet();

    @Inject
    SharesConnector(MountsConfig config, Instance<ShareAgent> agents, Vertx vertx) {
        this.config = config;
        this.agents = agents;
        this.vertx = vertx;
    }

    @Override
    public Multi<Message<ShareEvent>> getPublisher(Config channel) {
        if (config.vmIds().isEmpty()) {
            throw new IllegalStateException("connector " + NAME + " needs an agent: heddle.mounts.vm-ids is empty");
        }
        channels.add(channel.getValue("channel-name", String.class));
        ShareAgent agent = agents.get();
        Multi<ShareEvent> events = Multi.createFrom()
                .deferred(agent::events)
                .onFailure(SlowSubscriberException.class)
                .retry()
                .indefinitely();
        return ChannelMessages.of(events, vertx);
    }

    @Override
    public HealthReport getReadiness() {
        HealthReport.HealthReportBuilder report = HealthReport.builder();
        boolean ready = channels.isEmpty() || agents.get().mode() != DeliveryMode.NONE;
        channels.forEach(channel -> report.add(channel, ready));
        return report.build();
    }
}
