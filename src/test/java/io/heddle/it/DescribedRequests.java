package io.heddle.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.heddle.testsupport.ApiDocument;
import io.heddle.testsupport.ApiDocument.Operation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Requests that are made from the description of the API alone, of which one part in some is not as described. Names of what is kept
 * (files, holders, VMs, groups) come from small supplies, so that requests meet. For one thread.
 */
final class DescribedRequests {

    private static final List<String> ODD =
            List.of("", "ä ö", "a.b", "%", "\"", "-1", "9999999999999999999", "null", "true", "x".repeat(600));
    private static final List<String> BROKEN_BODIES =
            List.of("", "{", "[]", "null", "7", "{}", "{\"paths\":7}", "\"text\"");

    private final ApiDocument description;
    private final List<Operation> operations;
    private final Map<String, List<String>> supplies = new HashMap<>();
    /** The newest fencing token of each file. */
    private final Map<String, Long> tokens = new HashMap<>();

    /** A request to an operation, as bytes. */
    record Request(Operation operation, byte[] bytes) {

        @Override
        public String toString() {
            return operation.id() + ": " + new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** @param root an allowed root of the service */
    DescribedRequests(ApiDocument description, String root) {
        this.description = description;
        this.operations = description.operations();
        List<String> files = List.of(
                "/described/a", "/described/b", "/described/c/d", "/described/c", "/described/e", "/described/f");
        List<String> holders = List.of("agent-1", "agent-2", "claude-code/s1");
        List<String> vms = List.of("vm-1", "vm-2", "vm-3");
        List.of("path", "paths", "prefix", "checkout_path").forEach(name -> supplies.put(name, files));
        List.of("agent", "agent_id", "to_agent").forEach(name -> supplies.put(name, holders));
        List.of("vm", "vms", "add", "remove").forEach(name -> supplies.put(name, vms));
        supplies.put("group", List.of("group-1", "group-2"));
        supplies.put("id", List.of("share-1", "share-2"));
        supplies.put("mount_point", List.of(root + "/one", root + "/two"));
        supplies.put("backend", List.of("cubefs", "cubefs", "virtio9p", "other"));
        supplies.put("volume", List.of("volume-1"));
        supplies.put("masters", List.of("10.9.0.1:17010"));
        supplies.put("owner", List.of("owner-1"));
        supplies.put("ttl", List.of("30s", "1s", "PT20S", "1h30m"));
        supplies.put("timeout", List.of("10ms", "20ms"));
        supplies.put("wait", List.of("0s", "10ms"));
        supplies.put("min_remaining", List.of("0s", "5s"));
        supplies.put("session", List.of("claude-code/s1", "claude-code/s2"));
        supplies.put("session_id", List.of("s1", "s2"));
        supplies.put("tool_name", List.of("Edit", "Read"));
        supplies.put("hook_event_name", List.of("PreToolUse", "PostToolUse", "SessionEnd"));
        supplies.put("key", List.of("=2Fdescribed=2Fa", "no-path"));
        supplies.put("project", List.of("shop"));
        supplies.put("cwd", List.of("/described"));
    }

    List<Operation> operations() {
        return operations;
    }

    Request next(Random random) {
        Operation operation = pick(random, operations);
        boolean odd = random.nextInt(4) == 0;
        Map<String, JsonNode> parameters = parameters(random, operation, odd && random.nextBoolean());
        JsonNode schema = operation.node().at("/requestBody/content/application~1json/schema");
        String body = schema.isMissingNode() ? "" : body(random, operation, parameters, odd && random.nextBoolean());

        String target = operation.path();
        StringBuilder query = new StringBuilder();
        StringBuilder head = new StringBuilder();
        for (JsonNode parameter : operation.node().path("parameters")) {
            String name = parameter.get("name").asText();
            JsonNode value = parameters.get(name);
            if (value == null) {
                continue;
            }
            switch (parameter.get("in").asText()) {
                case "path" -> target = target.replace("{" + name + "}", percent(value.asText()));
                case "query" ->
                    query.append(query.isEmpty() ? '?' : '&')
                            .append(name)
                            .append('=')
                            .append(percent(value.asText()));
                default ->
                    head.append(name)
                            .append(": ")
                            .append(value.asText().replaceAll("[^!-~]", ""))
                            .append("\r\n");
            }
        }
        head.insert(
                0,
                operation.method() + " " + target + query + " HTTP/1.1\r\nHost: localhost\r\nAccept: "
                        + accept(random, operation) + "\r\n");
        if (!schema.isMissingNode()) {
            head.append("Content-Type: ")
                    .append(odd && random.nextInt(8) == 0 ? "text/plain" : "application/json")
                    .append("\r\n");
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        if (!schema.isMissingNode() || operation.method().equals("PUT")) {
            head.append("Content-Length: ").append(bytes.length).append("\r\n");
        }
        return new Request(operation, (head + "\r\n" + body).getBytes(StandardCharsets.UTF_8));
    }

    /** Takes the fencing token of a hold for later requests. */
    void learn(JsonNode answer) {
        if (answer.path("path").isTextual() && answer.path("token").isIntegralNumber()) {
            tokens.put(answer.get("path").asText(), answer.get("token").asLong());
        }
    }

    private Map<String, JsonNode> parameters(Random random, Operation operation, boolean odd) {
        Map<String, JsonNode> values = new HashMap<>();
        List<JsonNode> all = new ArrayList<>();
        operation.node().path("parameters").forEach(all::add);
        int oddOne = odd && !all.isEmpty() ? random.nextInt(all.size()) : -1;
        for (int i = 0; i < all.size(); i++) {
            JsonNode parameter = all.get(i);
            String name = parameter.get("name").asText();
            boolean inPath = parameter.get("in").asText().equals("path");
            boolean required = parameter.path("required").asBoolean();
            if (i == oddOne && !inPath && random.nextInt(3) == 0) {
                continue;
            }
            if (i == oddOne) {
                String text = pick(random, ODD);
                values.put(name, TextNode.valueOf(inPath && text.isEmpty() ? "a.b" : text));
            } else if (required || random.nextInt(8) < optional(name)) {
                values.put(name, value(random, name, parameter.get("schema")));
            }
        }
        if (values.containsKey("path") && values.containsKey("token")) {
            useToken(random, values);
        }
        return values;
    }

    /** Returns how often, out of eight times, a parameter is present: most contradict each other, but a holder is required often. */
    private static int optional(String name) {
        return switch (name) {
            case "agent" -> 7;
            case "key", "reason" -> 1;
            default -> 3;
        };
    }

    private String body(Random random, Operation operation, Map<String, JsonNode> parameters, boolean odd) {
        if (odd && random.nextBoolean()) {
            return pick(random, BROKEN_BODIES);
        }
        JsonNode schema = operation.node().at("/requestBody/content/application~1json/schema");
        ObjectNode body = (ObjectNode) value(random, "", schema);
        if (parameters.containsKey("id") && body.has("id") && random.nextInt(8) > 0) {
            body.set("id", parameters.get("id"));
        }
        if (body.has("path") && body.has("token")) {
            Map<String, JsonNode> values = new HashMap<>(Map.of("path", body.get("path")));
            useToken(random, values);
            body.setAll(values);
        }
        if (odd) {
            List<String> names = new ArrayList<>();
            body.fieldNames().forEachRemaining(names::add);
            if (!names.isEmpty()) {
                String name = pick(random, names);
                switch (random.nextInt(4)) {
                    case 0 -> body.remove(name);
                    case 1 -> body.put(name, random.nextInt());
                    case 2 -> body.putArray(name).add(true);
                    default -> body.put(name, pick(random, ODD));
                }
            }
        }
        return body.toString();
    }

    private void useToken(Random random, Map<String, JsonNode> values) {
        if (!tokens.isEmpty() && random.nextInt(4) > 0) {
            String path = pick(random, List.copyOf(tokens.keySet()));
            values.put("path", TextNode.valueOf(path));
            values.put("token", JsonNodeFactory.instance.numberNode(tokens.get(path)));
        }
    }

    private JsonNode value(Random random, String name, JsonNode described) {
        JsonNode schema = description.resolve(described);
        List<String> supply = supplies.get(name);
        switch (schema.path("type").asText()) {
            case "object":
                ObjectNode object = JsonNodeFactory.instance.objectNode();
                List<String> required = new ArrayList<>();
                schema.path("required").forEach(member -> required.add(member.asText()));
                schema.path("properties").properties().forEach(member -> {
                    // What a mount needs cannot be required of an unmount.
                    boolean useful = List.of("mount_point", "cubefs", "owner", "tool_input", "session_id")
                            .contains(member.getKey());
                    if (required.contains(member.getKey()) || random.nextInt(useful ? 8 : 3) > (useful ? 0 : 1)) {
                        object.set(member.getKey(), value(random, member.getKey(), member.getValue()));
                    }
                });
                if (name.equals("tool_input")) {
                    object.set("file_path", value(random, "path", TextNode.valueOf("")));
                }
                return object;
            case "array":
                ArrayNode array = JsonNodeFactory.instance.arrayNode();
                int length = Math.max(schema.path("minItems").asInt(0), random.nextInt(4));
                for (int i = 0; i < length; i++) {
                    array.add(value(random, name, schema.get("items")));
                }
                return array;
            case "integer":
                long low = schema.path("minimum").asLong(0);
                long high = Math.min(schema.path("maximum").asLong(1_000_000), 1_000_000);
                return JsonNodeFactory.instance.numberNode(low + random.nextInt((int) (high - low + 1)));
            case "boolean":
                return BooleanNode.valueOf(random.nextBoolean());
            default:
                if (schema.has("enum")) {
                    return pick(random, List.copyOf(elements(schema.get("enum"))));
                }
                return TextNode.valueOf(
                        supply == null ? pick(random, List.of("a", "vm-1", "group-1")) : pick(random, supply));
        }
    }

    private String accept(Random random, Operation operation) {
        List<String> types = new ArrayList<>();
        operation.node().path("responses").properties().forEach(response -> {
            if (response.getKey().startsWith("2")) {
                description
                        .resolve(response.getValue())
                        .path("content")
                        .fieldNames()
                        .forEachRemaining(types::add);
            }
        });
        return types.isEmpty() ? "*/*" : pick(random, types) + ", application/problem+json";
    }

    private static List<JsonNode> elements(JsonNode list) {
        List<JsonNode> elements = new ArrayList<>();
        list.forEach(elements::add);
        return elements;
    }

    private static String percent(String text) {
        StringBuilder out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || b == '-';
            out.append(plain ? String.valueOf((char) b) : String.format("%%%02X", b & 0xFF));
        }
        return out.toString();
    }

    private static <T> T pick(Random random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
