package io.heddle.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.heddle.testsupport.PackagedService;
import io.heddle.testsupport.TokenIssuer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service with the settings of the overlay prod, beside its three servers with what {@code k8s/bootstrap} made: nothing is refused. */
class ProductionSettingsIT {

    private static final Duration SOON = Duration.ofSeconds(90);
    private static final String NODE = "node-1.example.internal"; // dots, which a VM id cannot have
    private static final String VM = "node-1-example-internal";

    @TempDir
    Path directory;

    private final TokenIssuer issuer = new TokenIssuer();
    private Manifests manifests;
    private Bootstrap bootstrap;
    private List<BrokerPod> brokers = List.of();

    @AfterEach
    void end() {
        brokers.forEach(BrokerPod::close);
    }

    @Test
    void nothingIsRefusedAlsoAfterRestarts() throws Exception {
        manifests = Manifests.rendered("k8s/overlays/prod");
        bootstrap = new Bootstrap(directory.resolve("secrets"));
        Path key = Files.writeString(directory.resolve("publickey.pem"), issuer.pem());
        bootstrap.run("--node", NODE, "--san", "IP:127.0.0.1", "--jwt-key", key.toString());
        brokers = BrokerPod.of(manifests, directory);
        for (BrokerPod broker : brokers) {
            broker.project(bootstrap);
            broker.start();
        }
        await().atMost(SOON).until(() -> brokers.stream().allMatch(BrokerPod::isReady));

        try (PackagedService api = service("Deployment heddle-api", "heddle");
                PackagedService other = service("Deployment heddle-api", "heddle");
                PackagedService agent = service("DaemonSet heddle-agent", "heddle-agents")) {
            api.start();
            // Creates the streams, which a node agent may not: before that its log has violations.
            awaitReady(api);
            other.start();
            agent.start();
            List.of(api, other, agent).forEach(ProductionSettingsIT::awaitReady);
            assertThat(call(api, "PUT", "/groups/g", "{\"vms\":[\"" + VM + "\"]}"))
                    .matches("20[01] .*");
            assertThat(call(api, "PUT", "/groups/g/shares/lib", share("lib"))).startsWith("20");
            assertThat(call(other, "PUT", "/holds?path=/a.txt", "{\"agent_id\":\"a\",\"ttl\":\"60s\"}"))
                    .startsWith("20");
            for (PackagedService replica : List.of(api, other)) {
                awaitMounted(replica);
                await().atMost(SOON)
                        .until(() -> call(replica, "GET", "/holds", "").contains("/a.txt"));
            }

            for (PackagedService service : List.of(api, agent)) {
                service.stop();
                service.start();
                awaitReady(service);
            }
            awaitMounted(api);
            for (BrokerPod broker : brokers) {
                broker.stop();
                broker.start();
                await().atMost(SOON).until(broker::isReady);
            }
            List.of(api, other, agent).forEach(ProductionSettingsIT::awaitReady);
            assertThat(call(api, "DELETE", "/holds?path=/a.txt&agent=a", "")).startsWith("200");

            assertThat(api.output() + other.output() + agent.output())
                    .contains("HDL0001")
                    .doesNotContainIgnoringCase("violation")
                    .doesNotContain("not-permitted");
        }
        for (BrokerPod broker : brokers) {
            assertThat(broker.log()).doesNotContain("Violation");
        }
    }

    /** The service of a workload, with the environment and the files of its container. Only paths, addresses and the engine are of this machine. */
    private PackagedService service(String workload, String namespace) throws IOException {
        var pod = manifests.workloads().stream()
                .filter(it -> it.toString().equals(workload))
                .findFirst()
                .orElseThrow()
                .pod()
                .getSpec();
        Container container = pod.getContainers().get(0);
        Path own = Files.createTempDirectory(directory, "service");
        PodFiles files = new PodFiles(List.of(bootstrap.objects()));
        for (String volume : List.of("jwt", "nats")) {
            files.write(
                    pod.getVolumes().stream()
                            .filter(it -> it.getName().equals(volume))
                            .findFirst()
                            .orElseThrow(),
                    namespace,
                    Files.createDirectories(own.resolve(volume)));
        }
        Map<String, String> environment =
                new LinkedHashMap<>(manifests.config(workload.substring(workload.indexOf(' ') + 1)));
        for (EnvVar variable : container.getEnv()) {
            environment.put(
                    variable.getName(),
                    variable.getValueFrom() == null
                            ? variable.getValue()
                                    .replace(
                                            "$(HEDDLE_MOUNTS_NODE_NAME)",
                                            environment.getOrDefault("HEDDLE_MOUNTS_NODE_NAME", ""))
                            : NODE);
        }
        environment.replaceAll((name, value) -> value.replace("/etc/heddle", own.toString())
                .replace("/run/weft/shares", directory.resolve("shares").toString())
                .replace("https://issuer.example.com", TokenIssuer.ISSUER));
        environment.put(
                "HEDDLE_NATS_SERVERS", brokers.stream().map(BrokerPod::url).collect(Collectors.joining(",")));
        PackagedService service = new PackagedService(own.resolve("service.log"))
                .set("heddle.mounts.engine", "directory")
                // By default the API allows /run/weft/shares, which is the root of the node agents of the overlay.
                .set("heddle.mounts.allowed-roots", directory.resolve("shares").toString())
                .set("heddle.mounts.state-dir", own.resolve("state").toString());
        environment.forEach(service::environment);
        return service;
    }

    private String share(String id) {
        return """
                {"mount_point": "%s", "cubefs": {"volume": "v", "masters": ["10.9.0.1:17010"], "owner": "team"}}""".formatted(directory.resolve("shares").resolve(id));
    }

    private static void awaitReady(PackagedService service) {
        await().atMost(SOON)
                .until(() ->
                        service.get("/q/health/ready").path("status").asText().equals("UP"));
    }

    private void awaitMounted(PackagedService replica) {
        await().atMost(SOON).until(() -> call(replica, "GET", "/vms/" + VM, "").contains("\"MOUNTED\""));
    }

    /** The status and the body of an answer. */
    private String call(PackagedService service, String method, String path, String body) throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(service.url() + "/api/v1" + path))
                                .header("Authorization", "Bearer " + issuer.token("root", "admin"))
                                .header("Content-Type", "application/json")
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() + " " + answer.body();
    }
}
