package io.heddle.http.broker;

import io.heddle.fleet.FleetConfig;
import io.heddle.hold.HoldsConfig;
import io.heddle.http.broker.StoreStatus.Condition;
import io.heddle.http.security.Roles;
import io.heddle.mount.MountsConfig;
import io.heddle.nats.NatsConnection;
import io.heddle.stream.kv.KvBucket;
import io.heddle.stream.request.JetStreamApi;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The status of the broker, read with this service's own permissions. */
@Path("/api/v1/broker")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "broker")
@IfBuildProperty(name = "heddle.http.enabled", stringValue = "true")
public class BrokerStatusResource {

    /** Short: without permission the broker does not answer at all. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private static final String EXAMPLE = """
            {"connection":{"state":"CONNECTED","since":"2026-04-19T10:00:00Z","url":"nats://127.0.0.1:4222",
             "server_version":"2.12.1","safe":true,"reconnects":0,"jetstream":true},
             "shares":{"stream":"weft-mounts","condition":"present","subjects":["weft.mounts.*"],"messages":12,"bytes":3480,
             "last_sequence":12,"consumers":2,"history":64,"replicas":1},
             "holds":{"bucket":"bones-holds","stream":"KV_bones-holds","condition":"present",
             "subjects":["$KV.bones-holds.>"],"messages":3,"bytes":810,"last_sequence":1776592800000002,"consumers":1,
             "history":1,"ttl":"5m","replicas":1},
             "groups":{"bucket":"heddle-groups","stream":"KV_heddle-groups","condition":"absent",
             "detail":"stream not found [10059]"}}""";

    private final NatsConnection connection;
    private final JetStreamApi api;
    private final MountsConfig mounts;
    private final HoldsConfig holds;
    private final FleetConfig fleet;

    BrokerStatusResource(NatsConnection connection, MountsConfig mounts, HoldsConfig holds, FleetConfig fleet) {
        this.connection = connection;
        this.api = new JetStreamApi(connection).withTimeout(TIMEOUT);
        this.mounts = mounts;
        this.holds = holds;
        this.fleet = fleet;
    }

    @GET
    @RolesAllowed({Roles.HOLDS_READ, Roles.SHARES_READ})
    @Operation(
            operationId = "getBrokerStatus",
            summary = "The broker: the connection, the stream of shares, the buckets of holds and groups",
            description =
                    "Read with this service's own permissions. condition is present, absent, disabled (not used by this service), "
                            + "no_jetstream, refused, not_permitted (this service's user may not ask), no_answer (in time) or not_connected; all but "
                            + "present come with detail and without figures. history is how many messages of one subject are kept, "
                            + "ttl for how long. The messages of a bucket are its entries, markers of deletion among them.")
    @APIResponse(
            responseCode = "200",
            description = "The status at this moment",
            content = @Content(schema = @Schema(implementation = BrokerStatus.class), example = EXAMPLE))
    public Uni<BrokerStatus> status() {
        return Uni.combine()
                .all()
                .unis(
                        store(null, mounts.stream()),
                        holds.enabled()
                                ? bucket(holds.bucket())
                                : Uni.createFrom().item(unused(holds.bucket(), "heddle.holds.enabled=false")),
                        fleet.enabled()
                                ? bucket(fleet.bucket())
                                : Uni.createFrom().item(unused(fleet.bucket(), "heddle.fleet.enabled=false")))
                .asTuple()
                .map(all -> BrokerStatus.of(connection.state(), all.getItem1(), all.getItem2(), all.getItem3()));
    }

    private Uni<StoreStatus> bucket(String name) {
        return store(name, streamOf(name));
    }

    private StoreStatus unused(String bucket, String why) {
        return StoreStatus.without(bucket, streamOf(bucket), Condition.DISABLED, why);
    }

    private String streamOf(String bucket) {
        return new KvBucket(connection, bucket, TIMEOUT).stream();
    }

    private Uni<StoreStatus> store(@Nullable String bucket, String stream) {
        return api.streamInfo(stream)
                .map(info -> StoreStatus.present(bucket, stream, info))
                .onFailure(failure -> Condition.of(failure).isPresent())
                .recoverWithItem(failure -> StoreStatus.without(
                        bucket, stream, Condition.of(failure).orElseThrow(), String.valueOf(failure.getMessage())));
    }
}
