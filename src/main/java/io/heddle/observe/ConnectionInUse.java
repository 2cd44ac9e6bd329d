package io.heddle.observe;

import io.heddle.nats.NatsConnection;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/**
 * The broker connection, once something in this process has asked for it. Looking at it must not make it: a host that only has our
 * jar on its class path is neither connected nor kept from being ready.
 */
@Singleton
final class ConnectionInUse {

    private final Instance<NatsConnection> connections;
    private final BeanManager beans;

    ConnectionInUse(Instance<NatsConnection> connections, BeanManager beans) {
        this.connections = connections;
        this.beans = beans;
    }

    /** Null while nothing uses the broker. */
    @Nullable
    NatsConnection get() {
        return beans.getContext(Singleton.class).get(connections.getHandle().getBean());
    }
}
