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
import org.jspecify.annotations.Nullable;

/** Creates the node agent: with a host's own {@link ShareApplier} when there is one, else with the engines of the backends. */
@Singleton
public final class MountsBeans {

    @Produces
    @Singleton
    ShareAgent agent(MountsConfig config, NatsConnection connection, @Any Instance<ShareApplier> appliers) {
        Instance<ShareApplier> ofTheHost = appliers.select(Default.Literal.INSTANCE);
        StateDirectory directory = ShareAgent.stateDirectory(config);
        ShareApplier applier;
        if (config.vmIds().isEmpty()) {
            applier = new NoEngine();
        } else if (ofTheHost.isResolvable()) {
            applier = ofTheHost.get();
        } else {
            directory.open(); // before the engines look for mounts of a previous run
            EngineRouter router = new EngineRouter(config, directory.engines(), engine -> engine(appliers, engine));
            directory.storeEngines(router.engines());
            applier = router;
        }
        return new ShareAgent(config, connection, directory, applier, Infrastructure.getDefaultWorkerPool());
    }

    private static @Nullable ShareApplier engine(Instance<ShareApplier> appliers, String identifier) {
        Instance<ShareApplier> found = appliers.select(Identifier.Literal.of(identifier));
        return found.isResolvable() ? found.get() : null;
    }

    @Produces
    @Singleton
    ShareStatusPublisher statusPublisher(MountsConfig config, NatsConnection connection, ShareAgent agent) {
        return new ShareStatusPublisher(config, connection, agent, Infrastructure.getDefaultWorkerPool());
    }

    /** Without VM ids nothing is created, not even the connection: the host may use other parts only. */
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

    /** Without a node agent there is no engine either. */
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
