package io.heddle.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/** Renders {@code k8s/chart}, and brings rendered objects into a form in which the chart and Kustomize are comparable. */
final class Chart {

    static final String DIRECTORY = "k8s/chart";

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Pattern NAME_WITH_HASH = Pattern.compile("(.+)-[a-z0-9]{10}");
    private static final Set<String> OF_HELM =
            Set.of("helm.sh/chart", "app.kubernetes.io/managed-by", "checksum/config");
    private static final Set<String> WITHOUT_ORDER =
            Set.of("containers", "env", "volumes", "volumeMounts", "ports", "imagePullSecrets");

    record Result(int code, String output, String errors) {}

    private Chart() {}

    static Result helm(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("dev/helm"));
        command.addAll(List.of(arguments));
        Process helm = new ProcessBuilder(command).start();
        String output;
        try (var errors = helm.errorReader()) {
            output = new String(helm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Result(
                    helm.waitFor(),
                    output,
                    errors.lines()
                            .filter(line -> !line.contains("found symbolic link"))
                            .reduce("", (all, line) -> all + line + "\n"));
        }
    }

    /** What helm renders with further arguments, in the namespaces of Kustomize unless the arguments change them. */
    static String rendered(String... arguments) throws IOException, InterruptedException {
        Result result = template("heddle", "heddle", arguments);
        if (result.code() != 0) {
            throw new AssertionError(result.errors());
        }
        return result.output();
    }

    static Result template(String release, String namespace, String... arguments)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("template", release, DIRECTORY, "--namespace", namespace));
        all.addAll(List.of(arguments));
        return helm(all.toArray(String[]::new));
    }

    static String values(String name) {
        return DIRECTORY + "/ci/" + name + ".yaml";
    }

    /** The objects by kind, namespace and name, without hashes in names, what only helm adds, and the order of lists that have none. */
    static Map<String, JsonNode> objects(String yaml) throws IOException {
        Map<String, JsonNode> objects = new TreeMap<>();
        try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(yaml)) {
            while (documents.hasNextValue()) {
                JsonNode object = documents.nextValue();
                if (object.isObject()) {
                    JsonNode comparable = comparable(object, "");
                    JsonNode metadata = comparable.path("metadata");
                    String name = comparable.path("kind").asText() + " "
                            + metadata.path("namespace").asText() + "/"
                            + metadata.path("name").asText();
                    if (objects.put(name, comparable) != null) {
                        throw new AssertionError(name + " is rendered twice");
                    }
                }
            }
        }
        return objects;
    }

    private static JsonNode comparable(JsonNode node, String field) {
        if (node.isObject()) {
            ObjectNode copy = YAML.createObjectNode();
            node.fields().forEachRemaining(entry -> {
                JsonNode value = comparable(entry.getValue(), entry.getKey());
                boolean empty = Set.of("labels", "annotations").contains(entry.getKey()) && value.isEmpty();
                if (!OF_HELM.contains(entry.getKey()) && !empty) {
                    copy.set(entry.getKey(), value);
                }
            });
            return copy;
        }
        if (node.isArray()) {
            ArrayNode copy = YAML.createArrayNode();
            var items = StreamSupport.stream(node.spliterator(), false).map(item -> comparable(item, ""));
            (WITHOUT_ORDER.contains(field) ? items.sorted(Comparator.comparing(JsonNode::toString)) : items)
                    .forEach(copy::add);
            return copy;
        }
        Matcher name = NAME_WITH_HASH.matcher(node.asText());
        boolean hash = node.isTextual() && field.equals("name") && name.matches();
        return hash ? TextNode.valueOf(name.group(1)) : node;
    }
}
