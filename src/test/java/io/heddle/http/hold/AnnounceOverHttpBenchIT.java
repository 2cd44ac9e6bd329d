package io.heddle.http.hold;

import static org.awaitility.Awaitility.await;

import io.heddle.bench.Cpu;
import io.heddle.bench.InFlight;
import io.heddle.bench.Rounds;
import io.heddle.bench.Row;
import io.heddle.bench.Scorecard;
import io.heddle.hold.Holds;
import io.heddle.testsupport.BrokerResource;
import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.NoChannels;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueWatcher;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import jakarta.inject.Inject;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Announces over HTTP, beside an endpoint of the same application that does nothing but the compare-and-set. */
@Tag("bench")
@QuarkusTest
@QuarkusTestResource(BrokerResource.class)
@TestProfile(AnnounceOverHttpBenchIT.WithoutChannels.class)
class AnnounceOverHttpBenchIT {

    /** Other tests' consumers of events are none of this one's business. */
    public static final class WithoutChannels implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return NoChannels.and(Map.of());
        }
    }

    private static final int CONNECTIONS = 64;
    private static final int MANY = Scorecard.size(10_000, 3_000);
    /** The compiler is done with both before anything is measured: ours is more code. */
    private static final int WARM_UP = Scorecard.size(8, 1);

    private static final int ROUNDS = Scorecard.size(7, 4);
    private static final Buffer HOLD =
            Buffer.buffer("{\"agent_id\":\"agent-7\",\"ttl\":\"4m\",\"checkout_path\":\"/tmp/c\"}");

    @Inject
    Holds holds;

    @ConfigProperty(name = "quarkus.http.test-port")
    int port;

    NatsServer server;

    private int names;

    @Test
    void announce() throws Exception {
        await().until(() -> holds.status().ready());
        Connection administrator = Nats.connect(server.url());
        administrator
                .keyValueManagement()
                .create(KeyValueConfiguration.builder(BareResource.BUCKET).build());
        Vertx vertx = Vertx.vertx();
        HttpClient client = vertx.createHttpClient(
                new HttpClientOptions().setDefaultHost("127.0.0.1").setDefaultPort(port),
                new PoolOptions().setHttp1MaxSize(CONNECTIONS));
        try {
            for (int i = 0; i < WARM_UP; i++) {
                announce(client);
                write(client);
                dressed(client);
            }
            Cpu ours = new Cpu(server.pid());
            Cpu floor = new Cpu(server.pid());
            Rounds rounds = Rounds.of(
                    ROUNDS, () -> ours.of(MANY, () -> announce(client)), () -> floor.of(MANY, () -> write(client)));

            Scorecard.note("announce over HTTP, processor time of each: " + ours + "; the bare endpoint: " + floor);
            var watch = administrator.keyValue(BareResource.BUCKET).watchAll(new KeyValueWatcher() {
                @Override
                public void watch(KeyValueEntry entry) {
                    // That it is read is what counts.
                }

                @Override
                public void endOfData() {
                    // It goes on.
                }
            });
            Rounds againstDressed = Rounds.of(ROUNDS, () -> announce(client), () -> dressed(client));
            watch.unsubscribe();
            Scorecard.note(
                    ("announce over HTTP: %s of an endpoint with the role, the body and the answer of an announce, whose"
                                    + " bucket one jnats watch in the process reads")
                            .formatted(againstDressed.ratio()));
            Scorecard.add(Row.of(
                            "announce over HTTP, 64 connections",
                            "an endpoint that only does the compare-and-set",
                            "/s",
                            rounds)
                    .atLeast(0.85, 0.45));
        } finally {
            client.close().toCompletionStage().toCompletableFuture().join();
            vertx.close().toCompletionStage().toCompletableFuture().join();
            administrator.close();
        }
    }

    private double announce(HttpClient client) throws InterruptedException {
        return rate(client, "/api/v1/holds?path=/work/module/src/File%d.java", HOLD);
    }

    private double write(HttpClient client) throws InterruptedException {
        return rate(client, "/bare?key=work.module.src.File%d_java", Buffer.buffer(BareResource.VALUE));
    }

    private double dressed(HttpClient client) throws InterruptedException {
        return rate(client, "/api/v1/bare?path=/work/module/src/File%d.java", HOLD);
    }

    private double rate(HttpClient client, String path, Buffer body) throws InterruptedException {
        return InFlight.rate(MANY, CONNECTIONS, i -> put(client, path.formatted(++names), body));
    }

    private static CompletionStage<Buffer> put(HttpClient client, String path, Buffer body) {
        // The body is asked for on the response's own event loop, before it can have passed.
        return client.request(HttpMethod.PUT, path)
                .compose(request -> request.putHeader("Content-Type", "application/json")
                        .send(body)
                        .compose(response -> response.statusCode() == 200
                                ? response.body()
                                : Future.failedFuture("answered " + response.statusCode())))
                .toCompletionStage();
    }
}
