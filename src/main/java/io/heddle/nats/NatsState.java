package io.heddle.nats;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of the connection at one moment.
 *
 * @param phase the phase of the connection
 * @param since when the phase began
 * @param server the version of the current or last server; null before the first connection
 * @param url the address of that server, without credentials
 * @param connects the number of connections made, including the first
 * @param error why it is not connected, human-readable, without credentials; null when it is connected
 */
public record NatsState(
        Phase phase,
        Instant since,
        @Nullable ServerVersion server,
        @Nullable String url,
        long connects,
        @Nullable String error) {

    /** The phase of a connection. */
    public enum Phase {
        CONNECTING,
        CONNECTED,
        DISCONNECTED,
        CLOSED
    }

    static final NatsState INITIAL = new NatsState(Phase.CONNECTING, Instant.EPOCH, null, null, 0, null);

    public boolean isConnected() {
        return phase == Phase.CONNECTED;
    }

    /** The number of reconnects. */
    public long reconnects() {
        return Math.max(0, connects - 1);
    }

    NatsState connected(ServerVersion version, String address) {
        return new NatsState(Phase.CONNECTED, Instant.now(), version, address, connects + 1, null);
    }

    NatsState failed(Phase next, @Nullable String reason) {
        return new NatsState(next, next == phase ? since : Instant.now(), server, url, connects, reason);
    }
}
