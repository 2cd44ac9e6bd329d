package io.heddle.mount.node;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.ShareApplier;
import io.heddle.mount.ShareMount;
import io.heddle.nats.NatsConnection;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Default;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Wires the agent: a host's own {@link ShareApplier} when there is one, else the engine that the configuration names. */
@Singleton
public final class MountsBeans {

    @Produces
    @Singleton
    ShareAgent agent(MountsConfig config, NatsConnection connection, @Any Instance<ShareApplier> appliers) {
        Instance<ShareApplier> ofTheHost = appliers.select(Default.Literal.INSTANCE);
        ShareApplier applier;
        if (config.vmIds().isEmpty()) {
            applier = new NoEngine();
        } else if (ofTheHost.isResolvable()) {
            applier = ofTheHost.get();
        } else {
            applier = new EngineRouter(
                    config,
                    engine -> {
                        Instance<ShareApplier> found = appliers.select(Identifier.Literal.of(engine));
                        return found.isResolvable() ? found.get() : null;
                    },
                    Infrastructure.getDefaultWorkerPool());
        }
        return new ShareAgent(config, connection, applier, Infrastructure.getDefaultWorkerPool());
    }

    @Produces
    @Singleton
    ShareStatusPublisher statusPublisher(MountsConfig config, NatsConnection connection, ShareAgent agent) {
        return new ShareStatusPublisher(config, connection, agent, Infrastructure.getDefaultWorkerPool());
    }

    /** Where no VM is named nothing is made, not even the connection: a host may have us for something else. */
    void start(
            @Observes StartupEvent event,
            MountsConfig config,
            Instance<ShareAgent> agents,
            Instance<ShareStatusPublisher> publishers) {
        if (config.vmIds().isPresent()) {
            publishers.get().start();
            agents.get().start();
        }
    }

    void stop(
            @Observes ShutdownEvent event,
            MountsConfig config,
            Instance<ShareAgent> agents,
            Instance<ShareStatusPublisher> publishers) {
        if (config.vmIds().isPresent()) {
            agents.get().stop().await().indefinitely();
            publishers.get().close();
        }
    }

    /** Where no agent runs there is no engine either. */
    private static final class NoEngine implements ShareApplier {
        @Override
        public Uni<Void> mount(ShareMount share) {
            return Uni.createFrom()
                    .failure(new IllegalStateException("no agent runs here: heddle.mounts.vm-ids is empty"));
        }

        @Override
        public Uni<Void> unmount(ShareMount share) {
            return mount(share);
        }
    }
}
