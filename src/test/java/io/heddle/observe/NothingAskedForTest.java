package io.heddle.observe;

import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;

import io.heddle.testsupport.NatsServer;
import io.heddle.testsupport.NoChannels;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A host that has our jar and asks for nothing: no endpoint, no agent, no connection, and ready without a broker. */
@QuarkusTest
@TestProfile(NothingAskedForTest.Host.class)
class NothingAskedForTest {

    NatsServer server;

    @Test
    void nothingOfOursIsActive() {
        when().get("/q/health/ready").then().statusCode(200).body(containsString("nothing here uses the broker"));
        when().get("/q/metrics").then().statusCode(200).body(containsString("weft_microvm_agent_nats_connected 0.0"));
        when().get("/api/v1/mounts").then().statusCode(404);
        assertThat(server.monitor("/connz")).contains("\"num_connections\": 0,");
    }

    /** What the host configures. */
    public static final class Host implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return NoChannels.and(Map.of(
                    "heddle.http.enabled",
                    "false",
                    // The examples of other tests, which do ask for something.
                    "quarkus.arc.exclude-types",
                    "io.heddle.hold.event.HoldsConnectorTest*,io.heddle.mount.node.SharesConnectorTest*,"
                            + "io.heddle.broadcast.ChannelMessagesTest*"));
        }

        @Override
        public boolean disableGlobalTestResources() {
            return true;
        }

        @Override
        public List<TestResourceEntry> testResources() {
            return List.of(new TestResourceEntry(Broker.class));
        }
    }

    /** A broker that would be there. */
    public static final class Broker implements QuarkusTestResourceLifecycleManager {

        private final NatsServer server = NatsServer.create();

        @Override
        public Map<String, String> start() {
            server.start();
            return Map.of("heddle.nats.servers", server.url());
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
}
