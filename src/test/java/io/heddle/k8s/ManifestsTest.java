package io.heddle.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.heddle.k8s.Manifests.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is rendered from {@code k8s/} is valid, hangs together, and has no more rights than it needs. */
class ManifestsTest {

    private static final String DEV = "k8s/overlays/dev";
    private static final String PROD = "k8s/overlays/prod";
    private static final String EXTERNAL = "k8s/overlays/external-nats";

    @Test
    void aFieldThatKubernetesDoesNotKnowIsFound() {
        String misspelt = """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: x}
                spec: {template: {spec: {containers: [{name: x, securityContext: {readonlyRootFilesystem: true}}]}}}
                """;

        assertThatThrownBy(() -> Manifests.read(misspelt)).hasMessageContaining("readonlyRootFilesystem");
    }

    @ParameterizedTest
    @ValueSource(strings = {DEV, PROD, EXTERNAL})
    void onlyTheNodeAgentIsInThePrivilegedNamespaceAndNobodyTalksToKubernetes(String directory) {
        Manifests manifests = Manifests.ofOverlay(directory);

        assertThat(manifests.objects()).hasSizeGreaterThan(10).allSatisfy(object -> assertThat(
                        object.getMetadata().getNamespace())
                .isIn("heddle", "heddle-agents"));
        assertThat(manifests.workloads())
                .filteredOn(workload -> workload.namespace().equals("heddle-agents"))
                .extracting(Workload::toString)
                .containsExactly("DaemonSet heddle-agent");
        // Roles and bindings are kinds that Manifests does not even know.
        assertThat(manifests.all(ServiceAccount.class))
                .allSatisfy(account ->
                        assertThat(account.getAutomountServiceAccountToken()).isFalse());
        assertThat(manifests.workloads()).allSatisfy(workload -> {
            PodSpec pod = workload.pod().getSpec();
            assertThat(pod.getAutomountServiceAccountToken()).isFalse();
            assertThat(manifests.names(ServiceAccount.class)).contains(pod.getServiceAccountName());
        });
    }

    /** Whoever deletes an overlay keeps the Secrets and the data of the broker. */
    @Test
    void theNamespacesAreApartAndTheVolumesRemain() {
        assertThat(Manifests.ofOverlay("k8s/namespaces").objects())
                .allSatisfy(object -> assertThat(object).isInstanceOf(Namespace.class))
                .extracting(
                        object -> object.getMetadata().getName(),
                        object -> object.getMetadata().getLabels().get("pod-security.kubernetes.io/enforce"))
                .containsExactlyInAnyOrder(tuple("heddle", "restricted"), tuple("heddle-agents", "privileged"));
        for (String overlay : List.of(DEV, PROD, EXTERNAL)) {
            assertThat(Manifests.ofOverlay(overlay).all(Namespace.class)).isEmpty();
            assertThat(Manifests.ofOverlay(overlay).all(StatefulSet.class))
                    .extracting(set -> set.getSpec().getPersistentVolumeClaimRetentionPolicy())
                    .allSatisfy(policy -> assertThat(policy.getWhenDeleted()).isEqualTo("Retain"))
                    .allSatisfy(policy -> assertThat(policy.getWhenScaled()).isEqualTo("Retain"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {DEV, PROD, EXTERNAL})
    void everyPodButTheNodeAgentMeetsTheRestrictedStandard(String directory) {
        assertThat(Manifests.ofOverlay(directory).workloads()).isNotEmpty().allSatisfy(workload -> {
            PodSpec pod = workload.pod().getSpec();
            assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
            assertThat(Stream.of(pod.getHostNetwork(), pod.getHostPID(), pod.getHostIPC()))
                    .allMatch(shared -> shared == null || !shared);
            assertThat(pod.getInitContainers()).isEmpty();
            boolean nodeAgent = workload.toString().equals("DaemonSet heddle-agent");
            assertThat(pod.getContainers()).isNotEmpty().allSatisfy(container -> {
                SecurityContext rights = container.getSecurityContext();
                assertThat(rights.getReadOnlyRootFilesystem()).isTrue();
                if (nodeAgent) {
                    assertThat(rights.getPrivileged()).isTrue();
                } else {
                    assertThat(rights.getPrivileged()).isNull();
                    assertThat(rights.getAllowPrivilegeEscalation()).isFalse();
                    assertThat(rights.getCapabilities().getDrop()).containsExactly("ALL");
                    assertThat(rights.getCapabilities().getAdd()).isNullOrEmpty();
                    assertThat(container.getPorts()).allMatch(port -> port.getHostPort() == null);
                }
            });
            if (!nodeAgent) {
                assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
                assertThat(pod.getSecurityContext().getRunAsUser()).isPositive();
                assertThat(pod.getVolumes()).noneMatch(volume -> volume.getHostPath() != null);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {DEV, PROD, EXTERNAL})
    void everyContainerHasAPinnedImageAndResources(String directory) {
        assertThat(Manifests.ofOverlay(directory).workloads()).allSatisfy(workload -> {
            assertThat(workload.pod().getSpec().getContainers()).allSatisfy(container -> {
                assertThat(container.getImage())
                        .matches(".+(@sha256:[0-9a-f]{64}|:[0-9]+\\.[0-9]+\\.[0-9]+[a-z0-9.-]*)")
                        .doesNotContain("latest");
                assertThat(container.getResources().getRequests()).containsKeys("cpu", "memory");
                assertThat(container.getResources().getLimits()).containsKey("memory");
            });
            Container container = workload.pod().getSpec().getContainers().get(0);
            assertThat(Stream.of(
                            container.getStartupProbe(), container.getLivenessProbe(), container.getReadinessProbe()))
                    .allSatisfy(probe -> assertThat(ports(container)).contains(port(probe)));
            // The check of a silent broker takes 3 s.
            assertThat(container.getReadinessProbe().getTimeoutSeconds()).isEqualTo(5);
            assertThat(container.getLivenessProbe().getHttpGet().getPath())
                    .isIn("/q/health/live", "/healthz?js-enabled-only=true");
        });
    }

    @Test
    void theVersionsOfImagesAreInOnePlace() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("k8s"))) {
            assertThat(files.filter(file -> file.toString().endsWith(".yaml"))
                            .filter(file -> !file.equals(Path.of("k8s/images/kustomization.yaml"))))
                    .hasSizeGreaterThan(10)
                    .allSatisfy(file -> assertThat(Files.readString(file))
                            .doesNotContainPattern("(?m)^ *(- )?(newTag|image: \\S+:)"));
        }
        assertThat(Files.readString(Path.of("dev/nats-server"))).contains("version=" + brokerVersion());
    }

    private static String brokerVersion() {
        String image = Manifests.ofOverlay(PROD)
                .one(StatefulSet.class, "nats")
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .get(0)
                .getImage();
        return image.substring(image.lastIndexOf(':') + 1, image.lastIndexOf('-'));
    }

    @ParameterizedTest
    @ValueSource(strings = {DEV, PROD, EXTERNAL})
    void everyReferenceLeadsSomewhere(String directory) throws IOException {
        Manifests manifests = Manifests.ofOverlay(directory);
        String guide = Files.readString(Path.of("docs/kubernetes.md"));

        for (Workload workload : manifests.workloads()) {
            PodSpec pod = workload.pod().getSpec();
            assertThat(workload.matches(workload.selector()))
                    .as("%s takes its pods for its own", workload)
                    .isTrue();
            Set<String> volumes =
                    new HashSet<>(pod.getVolumes().stream().map(Volume::getName).toList());
            if (workload.object() instanceof StatefulSet set) {
                set.getSpec()
                        .getVolumeClaimTemplates()
                        .forEach(claim -> volumes.add(claim.getMetadata().getName()));
                assertThat(manifests.names(Service.class))
                        .contains(set.getSpec().getServiceName());
            }
            assertThat(pod.getContainers().stream().flatMap(container -> container.getVolumeMounts().stream()))
                    .extracting(VolumeMount::getName)
                    .as("every volume of %s is mounted, and every mount is of a volume", workload)
                    .containsAll(volumes)
                    .isSubsetOf(volumes);
            assertThat(configMaps(pod)).allSatisfy(name -> assertThat(name)
                    .isIn(Stream.concat(
                                    Stream.of("heddle-nats-ca"), // not secret, but made with the Secrets
                                    manifests
                                            .all(ConfigMap.class)
                                            .filter(map -> map.getMetadata()
                                                    .getNamespace()
                                                    .equals(workload.namespace()))
                                            .map(map -> map.getMetadata().getName()))
                            .toList()));
            // Secrets are made by whoever installs this; the guide tells which.
            assertThat(secrets(pod)).allSatisfy(secret -> assertThat(guide).contains("`" + secret + "`"));
        }
        assertThat(manifests.all(Service.class)).allSatisfy(service -> {
            Workload target = only(manifests, service.getSpec().getSelector());
            assertThat(ports(target.pod().getSpec().getContainers().get(0)))
                    .containsAll(service.getSpec().getPorts().stream()
                            .map(port -> port.getTargetPort().getStrVal())
                            .toList());
        });
        assertThat(manifests.all(PodDisruptionBudget.class))
                .isNotEmpty()
                .allSatisfy(
                        budget -> only(manifests, budget.getSpec().getSelector().getMatchLabels()));
        assertThat(manifests.all(HorizontalPodAutoscaler.class)).allSatisfy(scaler -> {
            Deployment scaled = manifests.one(
                    Deployment.class, scaler.getSpec().getScaleTargetRef().getName());
            assertThat(scaler.getSpec().getMinReplicas()).isEqualTo(2);
            assertThat(scaled.getSpec().getReplicas())
                    .as("an apply would undo the autoscaler")
                    .isNull();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {DEV, PROD, EXTERNAL})
    void theAgentMountsForTheNode(String directory) {
        DaemonSet agent = Manifests.ofOverlay(directory).one(DaemonSet.class, "heddle-agent");
        PodSpec pod = agent.getSpec().getTemplate().getSpec();
        Container container = pod.getContainers().get(0);

        assertThat(container.getVolumeMounts())
                .filteredOn(mount -> "Bidirectional".equals(mount.getMountPropagation()))
                .extracting(VolumeMount::getMountPath)
                .containsExactly("/run/weft");
        assertThat(environment(container, "HEDDLE_MOUNTS_ALLOWED_ROOTS").getValue())
                .startsWith("/run/weft/");
        assertThat(pod.getVolumes())
                .filteredOn(volume -> volume.getHostPath() != null)
                .extracting(volume -> volume.getHostPath().getPath())
                .containsExactlyInAnyOrder("/run/weft", "/var/lib/heddle", "/dev/fuse");
        assertThat(List.of("HEDDLE_HOLDS_ENABLED", "HEDDLE_FLEET_ENABLED"))
                .as("what docs/nats/permissions.conf does not let it read")
                .allSatisfy(name ->
                        assertThat(environment(container, name).getValue()).isEqualTo("false"));
        assertThat(environment(container, "HEDDLE_MOUNTS_NODE_NAME")
                        .getValueFrom()
                        .getFieldRef()
                        .getFieldPath())
                .isEqualTo("spec.nodeName");
        assertThat(pod.getTerminationGracePeriodSeconds()).isGreaterThan(20);
        assertThat(agent.getSpec().getUpdateStrategy().getType()).isEqualTo("OnDelete");
        assertThat(pod.getTolerations())
                .as("every taint")
                .singleElement()
                .satisfies(toleration -> assertThat(toleration.getOperator()).isEqualTo("Exists"))
                .satisfies(toleration -> assertThat(toleration.getKey() == null && toleration.getEffect() == null)
                        .isTrue());
    }

    /** The one workload whose pods a selector takes. */
    private static Workload only(Manifests manifests, Map<String, String> selector) {
        List<Workload> found = manifests.workloads().stream()
                .filter(it -> it.matches(selector))
                .toList();
        assertThat(found).as("the pods of %s", selector).hasSize(1);
        return found.get(0);
    }

    private static List<String> ports(Container container) {
        return container.getPorts().stream().map(ContainerPort::getName).toList();
    }

    private static String port(Probe probe) {
        return probe.getHttpGet().getPort().getStrVal();
    }

    private static EnvVar environment(Container container, String name) {
        return container.getEnv().stream()
                .filter(it -> it.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> configMaps(PodSpec pod) {
        List<String> names = new ArrayList<>();
        pod.getContainers().forEach(container -> container
                .getEnvFrom()
                .forEach(from -> names.add(from.getConfigMapRef().getName())));
        pod.getVolumes().stream()
                .filter(it -> it.getConfigMap() != null)
                .forEach(it -> names.add(it.getConfigMap().getName()));
        projections(pod)
                .filter(it -> it.getConfigMap() != null)
                .forEach(it -> names.add(it.getConfigMap().getName()));
        return names;
    }

    private static List<String> secrets(PodSpec pod) {
        List<String> names = new ArrayList<>();
        pod.getVolumes().stream()
                .filter(it -> it.getSecret() != null)
                .forEach(it -> names.add(it.getSecret().getSecretName()));
        projections(pod)
                .filter(it -> it.getSecret() != null)
                .forEach(it -> names.add(it.getSecret().getName()));
        return names;
    }

    private static Stream<VolumeProjection> projections(PodSpec pod) {
        return pod.getVolumes().stream()
                .filter(volume -> volume.getProjected() != null)
                .flatMap(volume -> volume.getProjected().getSources().stream());
    }
}
