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
import org.jspecify.annotations.Nullable;

/**
 * The broker as this service sees it: its connection, and what its three stores are like.
 *
 * @param shares the stream of published shares
 * @param holds the bucket of holds
 * @param groups the bucket of groups
 */
public record BrokerStatus(Link connection, StoreStatus shares, StoreStatus holds, StoreStatus groups) {

    /**
     * The connection.
     *
     * @param since when it got into its state; null while it was never made
     * @param url of the server that it is or was made to, without credentials; null while it was never made
     * @param serverVersion of that server; null while it was never made
     * @param safe whether compare-and-set is to be trusted on that version; null while it was never made
     * @param reconnects how often it was made again
     * @param jetstream whether this account has JetStream; null when nothing says so at the moment
     * @param error why it is not there, for people, without credentials; null when it is
     */
    @JsonNaming(SnakeCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
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

    /** What the stores' answers, or their absence, say of it. */
    private static @Nullable Boolean jetStream(StoreStatus... stores) {
        return Stream.of(stores)
                .map(StoreStatus::condition)
                .map(Condition::jetStream)
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(null);
    }
}
