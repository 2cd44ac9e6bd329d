package io.heddle.mount.faults;

import io.heddle.mount.MountsConfig;
import io.heddle.mount.cubefs.CubeFsApplier;
import io.heddle.mount.node.MountsBeans;
import io.heddle.mount.node.ShareAgent;
import io.heddle.mount.node.ShareStatusPublisher;
import io.heddle.nats.NatsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.testsupport.Configs;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** The agent as {@link MountsBeans} wires it, in a process without Quarkus, to be killed at a moment that it does not choose. */
final class KilledAgent {

    private KilledAgent() {}

    /** Arguments: settings, as name and value. Says "ready" once it serves. */
    public static void main(String[] arguments) throws InterruptedException {
        Map<String, String> settings = new HashMap<>();
        for (int i = 0; i < arguments.length; i += 2) {
            settings.put(arguments[i], arguments[i + 1]);
        }
        // As in Quarkus: a pool that grows, as each mount occupies a thread until its client answers.
        Infrastructure.setDefaultExecutor(Executors.newCachedThreadPool());
        var worker = Infrastructure.getDefaultWorkerPool();
        MountsConfig config = Configs.of(MountsConfig.class, settings);
        NatsConnection connection = new NatsConnection(Configs.of(NatsConfig.class, settings), null);
        connection.start();
        ShareAgent agent = new ShareAgent(config, connection, new CubeFsApplier(config, worker, worker), worker);
        try {
            new ShareStatusPublisher(config, connection, agent, worker).start();
            agent.start();
        } catch (RuntimeException e) {
            e.printStackTrace();
            System.exit(1);
        }
        System.out.println("ready");
        new CountDownLatch(1).await();
    }
}
