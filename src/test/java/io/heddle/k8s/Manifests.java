package io.heddle.k8s;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Rendered manifests, read strictly: a field that Kubernetes does not know is an error, not a field that is ignored. */
record Manifests(List<HasMetadata> objects) {

    private static final Map<String, Manifests> RENDERED = new ConcurrentHashMap<>();

    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.ofEntries(
            Map.entry("v1 Namespace", Namespace.class),
            Map.entry("v1 ServiceAccount", ServiceAccount.class),
            Map.entry("v1 ConfigMap", ConfigMap.class),
            Map.entry("v1 Secret", Secret.class),
            Map.entry("v1 Service", Service.class),
            Map.entry("apps/v1 DaemonSet", DaemonSet.class),
            Map.entry("apps/v1 Deployment", Deployment.class),
            Map.entry("apps/v1 StatefulSet", StatefulSet.class),
            Map.entry("autoscaling/v2 HorizontalPodAutoscaler", HorizontalPodAutoscaler.class),
            Map.entry("networking.k8s.io/v1 Ingress", Ingress.class),
            Map.entry("networking.k8s.io/v1 NetworkPolicy", NetworkPolicy.class),
            Map.entry("policy/v1 PodDisruptionBudget", PodDisruptionBudget.class),
            Map.entry("monitoring.coreos.com/v1 PodMonitor", PodMonitor.class),
            Map.entry("monitoring.coreos.com/v1 PrometheusRule", PrometheusRule.class),
            Map.entry("monitoring.coreos.com/v1 ServiceMonitor", ServiceMonitor.class));

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .setAnnotationIntrospector(new JacksonAnnotationIntrospector() {
                // The model keeps what it does not know in a map, for the sake of newer clusters.
                @Override
                public Boolean hasAnySetter(Annotated member) {
                    return false;
                }
            });

    /** As {@link #rendered(String)}, once for all tests. */
    static Manifests ofOverlay(String directory) {
        return RENDERED.computeIfAbsent(directory, Manifests::rendered);
    }

    /** What {@code kubectl kustomize} makes of a directory. */
    static Manifests rendered(String directory) {
        return read(kustomize(directory));
    }

    /** The same as text. */
    static String kustomize(String directory) {
        try {
            Process kustomize = new ProcessBuilder("dev/kustomize", directory)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String yaml = new String(kustomize.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (kustomize.waitFor() != 0) {
                throw new IllegalStateException("dev/kustomize " + directory + " failed");
            }
            return yaml;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What it makes of an overlay together with components of {@code k8s/components}. */
    static Manifests rendered(Path scratch, String overlay, String... components) throws IOException {
        Path directory = Files.createDirectories(scratch.toRealPath().resolve("overlay"));
        Function<String, String> entry =
                path -> "  - " + directory.relativize(Path.of(path).toAbsolutePath()) + "\n";
        Files.writeString(
                directory.resolve("kustomization.yaml"),
                "resources:\n" + entry.apply(overlay) + "components:\n"
                        + Stream.of(components)
                                .map(name -> entry.apply("k8s/components/" + name))
                                .collect(Collectors.joining()));
        return rendered(directory.toString());
    }

    /** @throws IllegalArgumentException when there is a kind or a field that is not known, naming it */
    static Manifests read(String yaml) {
        List<HasMetadata> objects = new ArrayList<>();
        try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(yaml)) {
            while (documents.hasNextValue()) {
                JsonNode document = documents.nextValue();
                String kind = document.path("apiVersion").asText() + " "
                        + document.path("kind").asText();
                Class<? extends HasMetadata> type = KINDS.get(kind);
                if (document.isEmpty()) {
                    continue;
                }
                Class<?> custom = CustomKinds.KINDS.get(kind);
                if (custom != null) {
                    YAML.treeToValue(document, custom);
                    continue;
                }
                if (type == null) {
                    throw new IllegalArgumentException("nobody expects a " + kind + " here");
                }
                objects.add(YAML.treeToValue(document, type));
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        return new Manifests(objects);
    }

    <T extends HasMetadata> Stream<T> all(Class<T> type) {
        return objects.stream().filter(type::isInstance).map(type::cast);
    }

    <T extends HasMetadata> T one(Class<T> type, String name) {
        return all(type)
                .filter(object -> object.getMetadata().getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + type.getSimpleName() + " " + name));
    }

    /** The data of the ConfigMap with this name, or with a hash after it. */
    Map<String, String> config(String name) {
        return all(ConfigMap.class)
                .filter(map -> map.getMetadata().getName().matches(name + "(-[a-z0-9]{10})?"))
                .map(ConfigMap::getData)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no ConfigMap " + name));
    }

    /** The names of all objects of a type. */
    List<String> names(Class<? extends HasMetadata> type) {
        return all(type).map(object -> object.getMetadata().getName()).toList();
    }

    /** Whatever runs pods. */
    List<Workload> workloads() {
        return Stream.of(
                        all(DaemonSet.class)
                                .map(it -> new Workload(
                                        it,
                                        it.getSpec().getTemplate(),
                                        selector(it.getSpec().getSelector()))),
                        all(Deployment.class)
                                .map(it -> new Workload(
                                        it,
                                        it.getSpec().getTemplate(),
                                        selector(it.getSpec().getSelector()))),
                        all(StatefulSet.class)
                                .map(it -> new Workload(
                                        it,
                                        it.getSpec().getTemplate(),
                                        selector(it.getSpec().getSelector()))))
                .flatMap(workload -> workload)
                .toList();
    }

    private static Map<String, String> selector(LabelSelector selector) {
        return selector.getMatchLabels();
    }

    /** Something that runs pods, the pods that it makes, and those that it takes for its own. */
    record Workload(HasMetadata object, PodTemplateSpec pod, Map<String, String> selector) {

        Map<String, String> labels() {
            return pod.getMetadata().getLabels();
        }

        String namespace() {
            return object.getMetadata().getNamespace();
        }

        boolean matches(Map<String, String> selector) {
            return labels().entrySet().containsAll(selector.entrySet());
        }

        @Override
        public String toString() {
            return object.getKind() + " " + object.getMetadata().getName();
        }
    }
}
