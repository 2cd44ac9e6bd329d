package io.heddle.http.broker;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.heddle.http.broker.StoreStatus.Condition;
import io.heddle.nats.NatsState;
import io.heddle.nats.NatsState.Phase;
import io.heddle.nats.ServerVersion;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The status of the broker as this service sees it: the connection and three stores.
 *
 * @param shares the stream of published shares
 * @param holds the bucket of holds
 * @param groups the bucket of groups
 */
public record BrokerStatus(Link connection, StoreStatus shares, StoreStatus holds, StoreStatus groups) {

    /**
     * The connection.
     *
     * @param since the time of its last change of state; null before the first connection, as the next three
     * @param url of the current or last server, without credentials
     * @param serverVersion of that server
     * @param safe whether compare-and-set is safe on that version
     * @param reconnects the number of reconnects
     * @param jetstream whether this account has JetStream; null while unknown
     * @param error why it is not connected, human-readable and without credentials; null when it is
     */
    @JsonNaming(SnakeCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema(name = "BrokerConnection")
    public record Link(
            Phase state,
            @Nullable Instant since,
            @Nullable String url,
            @Nullable String serverVersion,
            @Nullable Boolean safe,
            long reconnects,
            @Nullable Boolean jetstream,
            @Nullable String error) {}

    static BrokerStatus of(NatsState state, StoreStatus shares, StoreStatus holds, StoreStatus groups) {
        ServerVersion server = state.server();
        Link connection = new Link(
                state.phase(),
                state.connects() == 0 ? null : state.since(),
                state.url(),
                server == null ? null : server.toString(),
                server == null ? null : server.isSafe(),
                state.reconnects(),
                jetStream(shares, holds, groups),
                state.error());
        return new BrokerStatus(connection, shares, holds, groups);
    }

    /** Derived from the conditions of the stores. */
    private static @Nullable Boolean jetStream(StoreStatus... stores) {
        return Stream.of(stores)
                .map(StoreStatus::condition)
                .map(Condition::jetStream)
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(null);
    }
}
