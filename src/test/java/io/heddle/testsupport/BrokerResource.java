package io.heddle.testsupport;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A real broker, and directories of its own, for tests that run the whole application. */
public final class BrokerResource implements QuarkusTestResourceLifecycleManager {

    private final NatsServer server = NatsServer.create();

    @Override
    public Map<String, String> start() {
        server.start();
        try {
            Path directory = Files.createTempDirectory(server.directory(), "agent");
            return Map.of(
                    "heddle.nats.servers",
                    server.url(),
                    "heddle.mounts.vm-ids",
                    "vm-1,vm-one",
                    "heddle.mounts.engine",
                    "directory",
                    "heddle.mounts.state-dir",
                    directory.resolve("state").toString(),
                    "heddle.mounts.allowed-roots",
                    directory.resolve("shares").toString(),
                    "heddle.mounts.retry-min-delay",
                    "50ms");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(server, new TestInjector.MatchesType(NatsServer.class));
    }

    @Override
    public void stop() {
        server.close();
    }
}
