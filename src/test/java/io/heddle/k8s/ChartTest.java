package io.heddle.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.heddle.k8s.Manifests.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The chart renders the objects of Kustomize, refuses wrong values with a clear message, and can be upgraded. */
class ChartTest {

    private static final String JWKS = "https://issuer.example.com/keys";

    @TempDir
    Path scratch;

    @ParameterizedTest
    @ValueSource(strings = {"prod", "dev", "external-nats"})
    void theObjectsAreThoseOfTheOverlay(String overlay) throws Exception {
        assertSame(Chart.rendered("--values", Chart.values(overlay)), Manifests.kustomize("k8s/overlays/" + overlay));
    }

    @Test
    void theObjectsAreThoseOfTheOverlayWithAllComponents() throws Exception {
        Path directory = Files.createDirectories(scratch.toRealPath().resolve("overlay"));
        String setting = "behavior: merge, literals: [MP_JWT_VERIFY_PUBLICKEY_LOCATION=" + JWKS + "]}";
        Files.writeString(directory.resolve("kustomization.yaml"), """
                resources: [%s]
                components: [%s]
                configMapGenerator:
                  - {name: heddle-api, namespace: heddle, %s
                  - {name: heddle-agent, namespace: heddle-agents, %s
                """.formatted(
                        directory.relativize(Path.of("k8s/overlays/prod").toAbsolutePath()),
                        furtherComponents(directory),
                        setting,
                        setting));

        assertSame(
                Chart.rendered("--values", Chart.values("components"), "--set", "auth.jwksUrl=" + JWKS),
                Manifests.kustomize(directory.toString()));
    }

    private static String furtherComponents(Path directory) throws IOException {
        String prod = Files.readString(Path.of("k8s/overlays/prod/kustomization.yaml"));
        try (Stream<Path> components = Files.list(Path.of("k8s/components"))) {
            return components
                    .filter(component -> !prod.contains("\n  - ../../components/" + component.getFileName()))
                    .map(component ->
                            directory.relativize(component.toAbsolutePath()).toString())
                    .collect(Collectors.joining(", "));
        }
    }

    @Test
    void theRoutesAreThoseOfTheExamples() throws Exception {
        StringBuilder expected = new StringBuilder(Manifests.kustomize("k8s/overlays/dev"));
        for (String example : List.of("ingress", "gateway")) {
            expected.append("\n---\n").append(Files.readString(Path.of("k8s/examples/" + example + ".yaml")));
        }

        assertSame(Chart.rendered("--values", Chart.values("routes")), expected.toString());
    }

    private static void assertSame(String chart, String kustomize) throws IOException {
        Map<String, JsonNode> rendered = Chart.objects(chart);
        Map<String, JsonNode> expected = Chart.objects(kustomize);
        assertThat(rendered.keySet()).hasSizeGreaterThan(20).isEqualTo(expected.keySet());
        assertThat(rendered).allSatisfy((name, object) -> assertThat(object).isEqualTo(expected.get(name)));
        assertThat(Manifests.read(chart).objects()).as("strictly read").isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"prod", "dev", "external-nats", "components", "routes"})
    void helmFindsNothingToCriticize(String values) throws Exception {
        Chart.Result lint = Chart.helm(
                "lint", "--strict", Chart.DIRECTORY, "--namespace", "heddle", "--values", Chart.values(values));

        assertThat(lint.code()).as(lint.output() + lint.errors()).isZero();
        assertThat(lint.output()).doesNotContain("[WARNING]", "[ERROR]");
    }

    /** The files of Kustomize are links in the chart; the package contains them. */
    @Test
    void thePackageRendersTheSame() throws Exception {
        assertThat(Chart.helm("package", Chart.DIRECTORY, "--destination", scratch.toString())
                        .code())
                .isZero();
        Path archive;
        try (Stream<Path> files = Files.list(scratch)) {
            archive = files.findFirst().orElseThrow();
        }

        Chart.Result packaged =
                Chart.helm("template", "heddle", archive.toString(), "-n", "heddle", "-f", Chart.values("prod"));

        assertThat(packaged.output()).isEqualTo(Chart.rendered("--values", Chart.values("prod")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "auth.issuer=                       | auth.issuer is required",
                "auth.audience=                     | auth.audience is required",
                "nats.enabled=false                 | nats.servers is required with nats.enabled=false",
                "nats.servers=tls://nats:4222       | needs nats.enabled=false",
                "nats.copies=2                      | /nats/copies': value must be one of 1, 3, 5",
                "nats.storage.size=lots             | /nats/storage/size': 'lots' does not match pattern",
                "nats.replicas=5                    | additional properties 'replicas' not allowed",
                "developement=true                  | additional properties 'developement' not allowed",
                "env.api.some-name=x                | some-name",
                "agentNamespace=heddle              | agentNamespace must not be the namespace of the release",
                "ingress.enabled=true               | ingress.host is required",
                "image.overrides.ngnix.newTag=1     | ngnix",
                "image.overrides.nats.digest=sha1:0 | /image/overrides/nats/digest",
                "patches[0].kind=Job                | this release has no Job",
            })
    void aWrongValueIsRefused(String value, String message) throws Exception {
        Chart.Result result = Chart.template("heddle", "heddle", "--values", Chart.values("prod"), "--set", value);

        assertThat(result.code()).isNotZero();
        assertThat(result.errors()).contains(message);
    }

    /** Kubernetes refuses to change these fields, so an upgrade with them would fail. */
    @Test
    void anUpgradeChangesNoSelectorAndNoVolumeClaim() throws Exception {
        Map<String, String> before = immutable(Manifests.read(Chart.rendered("--values", Chart.values("prod"))));

        Chart.Result later = Chart.template(
                "other",
                "heddle",
                "--values",
                Chart.values("components"),
                "--set",
                "image.overrides.nats.newTag=9.9.9,image.pullSecrets[0]=pull,env.both.A=b");

        assertThat(later.errors()).isEmpty();
        assertThat(immutable(Manifests.read(later.output()))).isEqualTo(before).hasSize(3);
    }

    private static Map<String, String> immutable(Manifests manifests) {
        Map<String, String> fields = new TreeMap<>();
        for (Workload workload : manifests.workloads()) {
            String claims = workload.object() instanceof StatefulSet set
                    ? set.getSpec().getServiceName()
                            + set.getSpec().getPodManagementPolicy()
                            + set.getSpec().getVolumeClaimTemplates()
                    : "";
            fields.put(workload.toString(), new TreeMap<>(workload.selector()) + claims);
        }
        return fields;
    }

    @Test
    void theNamespacesCanBeOthers() throws Exception {
        String yaml = Chart.template(
                        "heddle",
                        "team-a",
                        "--values",
                        Chart.values("components"),
                        "--set",
                        "agentNamespace=team-a-nodes,createAgentNamespace=true,monitoring.namespace=obs")
                .output();
        Manifests manifests = Manifests.read(yaml);

        assertThat(yaml)
                .contains(
                        "tls://nats.team-a.svc:4222",
                        "'*.nats-headless.team-a.svc.cluster.local'",
                        "otel-collector.obs.")
                .doesNotContainPattern("(namespace|metadata.name): (heddle|heddle-agents|monitoring)\\b")
                .doesNotContain("nats.heddle", "nats-headless.heddle");
        assertThat(manifests.all(Namespace.class)).singleElement().satisfies(namespace -> {
            assertThat(namespace.getMetadata().getName()).isEqualTo("team-a-nodes");
            assertThat(namespace.getMetadata().getLabels())
                    .containsEntry("pod-security.kubernetes.io/enforce", "privileged");
            assertThat(namespace.getMetadata().getAnnotations()).containsEntry("helm.sh/resource-policy", "keep");
        });
        assertThat(manifests.objects())
                .filteredOn(object -> !(object instanceof Namespace))
                .extracting(object -> object.getMetadata().getNamespace())
                .containsOnly("team-a", "team-a-nodes");
        assertThat(manifests.all(NetworkPolicy.class).map(policy -> policy.getSpec()
                        .toString()))
                .anyMatch(spec -> spec.contains("team-a-nodes"))
                .anyMatch(spec -> spec.contains("=obs"));
    }

    @Test
    void imagesStorageAndEveryFieldCanBeChanged() throws Exception {
        Path values = Files.writeString(scratch.resolve("values.yaml"), """
                auth: {issuer: "https://i", audience: a}
                image:
                  registry: r.example.com/own
                  mirror: r.example.com/docker
                  pullSecrets: [pull]
                  overrides:
                    heddle-api: {newTag: 7.0.0}
                    heddle-agent: {digest: "sha256:%s"}
                nats: {exporter: true, storage: {className: fast, size: 50Gi}}
                env: {both: {A: 1}, api: {B: true}}
                patches:
                  - kind: Deployment
                    metadata: {name: heddle-api, annotations: {owner: us}}
                    spec: {template: {spec: {nodeSelector: {disk: ssd}, containers: [{name: api, env: [{name: C, value: c}]}]}}}
                """.formatted("a".repeat(64)));
        Manifests manifests = Manifests.read(Chart.rendered("--values", values.toString()));

        assertThat(manifests.workloads().stream()
                        .flatMap(workload -> workload.pod().getSpec().getContainers().stream())
                        .map(container ->
                                container.getImage().replaceFirst(":2\\..*", "").replaceFirst(":0\\..*", "")))
                .containsExactlyInAnyOrder(
                        "r.example.com/own/heddle-agent@sha256:" + "a".repeat(64),
                        "r.example.com/own/heddle-api:7.0.0",
                        "r.example.com/docker/library/nats",
                        "r.example.com/docker/library/nats",
                        "r.example.com/docker/natsio/prometheus-nats-exporter");
        assertThat(manifests.workloads())
                .allSatisfy(workload -> assertThat(workload.pod().getSpec().getImagePullSecrets())
                        .extracting(LocalObjectReference::getName)
                        .containsExactly("pull"));
        assertThat(manifests.one(StatefulSet.class, "nats").getSpec().getVolumeClaimTemplates())
                .singleElement()
                .satisfies(claim ->
                        assertThat(claim.getSpec().getStorageClassName()).isEqualTo("fast"))
                .satisfies(claim ->
                        assertThat(claim.getSpec().getResources().getRequests()).hasToString("{storage=50Gi}"));
        assertThat(manifests.config("heddle-api")).containsEntry("A", "1").containsEntry("B", "true");
        assertThat(manifests.config("heddle-agent")).containsEntry("A", "1").doesNotContainKey("B");
        assertThat(manifests.one(Deployment.class, "heddle-api")).satisfies(api -> {
            assertThat(api.getMetadata().getAnnotations()).containsEntry("owner", "us");
            assertThat(api.getSpec().getTemplate().getSpec().getNodeSelector()).containsEntry("disk", "ssd");
            assertThat(api.getSpec().getTemplate().getSpec().getContainers())
                    .singleElement()
                    .satisfies(container ->
                            assertThat(container.getEnv()).extracting("name").contains("C", "HEDDLE_NATS_NKEY_FILE"));
        });
    }

    @Test
    void aChangedSettingRestartsTheApi() throws Exception {
        assertThat(checksum("env.api.A=1")).isEqualTo(checksum("env.api.A=1")).isNotEqualTo(checksum("env.api.A=2"));
    }

    private static String checksum(String value) throws Exception {
        return Manifests.read(Chart.rendered("--values", Chart.values("prod"), "--set", value))
                .one(Deployment.class, "heddle-api")
                .getSpec()
                .getTemplate()
                .getMetadata()
                .getAnnotations()
                .get("checksum/config");
    }

    @Test
    void theVersionIsThatOfTheImages() throws IOException {
        String version = Files.readString(Path.of("k8s/images/kustomization.yaml"))
                .replaceFirst("(?s).*name: heddle-api\\s+newTag: (\\S+).*", "$1");

        assertThat(Files.readString(Path.of(Chart.DIRECTORY, "Chart.yaml")))
                .contains("\nversion: " + version + "\n", "\nappVersion: " + version + "\n");
    }

    @Test
    void deletedObjectsKeepTheData() throws Exception {
        List<HasMetadata> objects =
                Manifests.read(Chart.rendered("--values", Chart.values("prod"))).objects();

        assertThat(objects).noneMatch(object -> List.of("Secret", "PersistentVolumeClaim", "Namespace")
                .contains(object.getKind()));
    }
}
