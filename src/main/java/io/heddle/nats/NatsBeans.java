package io.heddle.nats;

import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Produces the one connection of the application. */
@Singleton
final class NatsBeans {

    /** Produces the connection, which already connects in the background. */
    @Produces
    @Singleton
    NatsConnection connection(NatsConfig config, TlsConfigurationRegistry tls) {
        List<String> servers = config.localServer().enabled()
                ? List.of(LocalNatsServer.ensureRunning(config.localServer()))
                : config.servers();
        NatsConnection connection = new NatsConnection(config, servers, tlsContext(config, tls));
        connection.start();
        return connection;
    }

    void close(@Disposes NatsConnection connection) {
        connection.close();
    }

    private static @Nullable Supplier<SSLContext> tlsContext(NatsConfig config, TlsConfigurationRegistry registry) {
        if (config.tls().configurationName().isEmpty()) {
            return null;
        }
        String name = config.tls().configurationName().get();
        TlsConfiguration tls = registry.get(name)
                .orElseThrow(() -> new IllegalStateException(
                        "heddle.nats.tls.configuration-name=" + name + ": there is no quarkus.tls." + name));
        return () -> {
            try {
                return tls.createSSLContext();
            } catch (Exception e) {
                throw new NatsUnavailableException("quarkus.tls." + name + " cannot be used: " + e.getMessage(), e);
            }
        };
    }
}
