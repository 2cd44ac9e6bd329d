package io.heddle.nats;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of the connection at one moment.
 *
 * @param phase where it stands
 * @param since when it got there
 * @param server the version of the server it is or was last connected to; null before the first connection
 * @param url the address of that server, without credentials
 * @param connects how often a connection was made, the first one included
 * @param error why it is not connected, for people, without credentials; null when it is
 */
public record NatsState(
        Phase phase,
        Instant since,
        @Nullable ServerVersion server,
        @Nullable String url,
        long connects,
        @Nullable String error) {

    /** Where a connection stands. */
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

    /** How often the connection was made again. */
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
