package io.heddle.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.heddle.k8s.Manifests.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What production adds: three servers, monitoring, network policies, and the components and examples to choose from. */
class ProductionTest {

    private static final String DEV = "k8s/overlays/dev";
    private static final String PROD = "k8s/overlays/prod";
    private static final String EXTERNAL = "k8s/overlays/external-nats";

    @TempDir
    Path scratch;

    @Test
    void everyComponentCanBeAddedToProd() throws IOException {
        List<String> names;
        try (Stream<Path> directories = Files.list(Path.of("k8s/components"))) {
            names = directories
                    .map(directory -> directory.getFileName().toString())
                    .sorted()
                    .toList();
        }
        String prod = Files.readString(Path.of(PROD, "kustomization.yaml"));
        List<String> further = names.stream()
                .filter(name -> !prod.contains("\n  - ../../components/" + name))
                .toList();

        Manifests all = Manifests.rendered(scratch, PROD, further.toArray(String[]::new));

        assertThat(further).contains("jwks", "otlp").isNotEqualTo(names);
        assertThat(all.all(NetworkPolicy.class)
                        .map(policy -> policy.getMetadata().getName()))
                .contains("heddle-api-to-issuer", "heddle-agent-to-issuer", "heddle-api-to-collector", "nats-metrics");
        assertThat(all.objects())
                .hasSizeGreaterThan(Manifests.ofOverlay(PROD).objects().size());
    }

    @Test
    void theExamplesAreValidAndLeadToTheApi() throws IOException {
        try (Stream<Path> examples = Files.list(Path.of("k8s/examples"))) {
            for (Path example : examples.toList()) {
                String yaml = Files.readString(example);
                assertThat(Manifests.read(yaml)).as(example.toString()).isNotNull();
                assertThat(yaml).contains("name: heddle-api");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {DEV, PROD, EXTERNAL})
    void whatIsNotAllowedByNameIsDenied(String directory) {
        List<NetworkPolicy> policies =
                Manifests.ofOverlay(directory).all(NetworkPolicy.class).toList();

        assertThat(policies)
                .filteredOn(policy ->
                        labels(policy).isEmpty() && policy.getSpec().getEgress().isEmpty())
                .allSatisfy(
                        denied -> assertThat(denied.getSpec().getPolicyTypes()).containsExactly("Ingress", "Egress"))
                .extracting(denied -> denied.getMetadata().getNamespace())
                .containsExactlyInAnyOrder("heddle", "heddle-agents");
        assertThat(policies).filteredOn(policy -> !labels(policy).isEmpty()).allSatisfy(policy -> assertThat(
                        Manifests.ofOverlay(directory).workloads())
                .anyMatch(workload ->
                        workload.namespace().equals(policy.getMetadata().getNamespace())
                                && workload.matches(labels(policy))));
        for (NetworkPolicy policy : policies) {
            assertThat(policy.getSpec().getIngress())
                    .as("%s lets in by name only", policy.getMetadata().getName())
                    .allSatisfy(rule -> assertThat(rule.getFrom()).isNotEmpty());
        }
    }

    @Test
    void prometheusFindsTheServices() {
        Manifests manifests = Manifests.ofOverlay(PROD);

        assertThat(manifests.all(ServiceMonitor.class)).singleElement().satisfies(monitor -> {
            Map<String, String> wanted = monitor.getSpec().getSelector().getMatchLabels();
            assertThat(manifests
                            .all(Service.class)
                            .filter(service ->
                                    service.getMetadata().getLabels().entrySet().containsAll(wanted.entrySet())))
                    .extracting(service -> service.getMetadata().getName())
                    .containsExactlyInAnyOrder("heddle-agent", "heddle-api");
            assertThat(monitor.getSpec().getEndpoints()).extracting("port").containsExactly("http");
            assertThat(monitor.getSpec().getNamespaceSelector().getMatchNames())
                    .containsExactly("heddle", "heddle-agents");
        });
        assertThat(manifests.all(PodMonitor.class)).singleElement().satisfies(monitor -> {
            Workload broker = only(manifests, monitor.getSpec().getSelector().getMatchLabels());
            assertThat(monitor.getSpec().getPodMetricsEndpoints())
                    .allSatisfy(endpoint -> assertThat(broker.pod().getSpec().getContainers())
                            .anyMatch(container -> ports(container).contains(endpoint.getPort())));
        });
    }

    @Test
    void prodBringsTheAlertsAndTheDashboardAndDevNeedsNoPrometheus() throws IOException {
        Manifests manifests = Manifests.ofOverlay(PROD);

        assertThat(manifests.one(PrometheusRule.class, "heddle").getSpec().getGroups())
                .singleElement()
                .satisfies(group -> assertThat(group.getRules()).hasSizeGreaterThan(10));
        assertThat(manifests.one(ConfigMap.class, "heddle-dashboard"))
                .satisfies(map -> assertThat(map.getMetadata().getLabels()).containsEntry("grafana_dashboard", "1"))
                .satisfies(map -> assertThat(map.getData())
                        .containsEntry(
                                "heddle.json", Files.readString(Path.of("k8s/observability/grafana-dashboard.json"))));
        assertThat(Manifests.ofOverlay(DEV).objects())
                .noneMatch(object -> object.getApiVersion().startsWith("monitoring.coreos.com/"));
    }

    @Test
    void prodKeepsThreeCopiesOnThreeServersAndAsksWhoCalls() {
        Manifests manifests = Manifests.ofOverlay(PROD);
        StatefulSet broker = manifests.one(StatefulSet.class, "nats");

        assertThat(broker.getSpec().getReplicas()).isEqualTo(3);
        assertThat(broker.getSpec()
                        .getTemplate()
                        .getSpec()
                        .getAffinity()
                        .getPodAntiAffinity()
                        .getRequiredDuringSchedulingIgnoredDuringExecution())
                .hasSize(1);
        assertThat(manifests
                        .one(PodDisruptionBudget.class, "nats")
                        .getSpec()
                        .getMaxUnavailable()
                        .getIntVal())
                .isOne();
        for (String name : List.of("heddle-api", "heddle-agent")) {
            Map<String, String> config = manifests.config(name);
            assertThat(config)
                    .containsEntry("HEDDLE_MOUNTS_STREAM_REPLICAS", "3")
                    .containsEntry("HEDDLE_HOLDS_REPLICAS", "3")
                    .containsEntry("HEDDLE_SECURITY_MODE", "jwt")
                    .containsKeys("MP_JWT_VERIFY_ISSUER", "MP_JWT_VERIFY_AUDIENCES")
                    .doesNotContainKey("HEDDLE_SECURITY_ALLOW_INSECURE");
            assertThat(config.get("HEDDLE_NATS_SERVERS")).startsWith("tls://");
        }
    }

    /** The one workload whose pods a selector takes. */
    private static Workload only(Manifests manifests, Map<String, String> selector) {
        List<Workload> found = manifests.workloads().stream()
                .filter(it -> it.matches(selector))
                .toList();
        assertThat(found).as("the pods of %s", selector).hasSize(1);
        return found.get(0);
    }

    private static Map<String, String> labels(NetworkPolicy policy) {
        return Optional.ofNullable(policy.getSpec().getPodSelector().getMatchLabels())
                .orElse(Map.of());
    }

    private static List<String> ports(Container container) {
        return container.getPorts().stream().map(ContainerPort::getName).toList();
    }
}
