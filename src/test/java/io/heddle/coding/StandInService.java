package io.heddle.coding;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Answers the requests of the command line with what a test says, and records them: for vectors of single requests. What the service
 * itself answers is tested with the service.
 */
final class StandInService implements AutoCloseable {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** A request: the path below {@code /api/v1}, its body, and its token. */
    record Request(String path, JsonNode body, @Nullable String authorization) {}

    final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Map<String, JsonNode> holds = new ConcurrentHashMap<>();
    private final Map<String, Response> responses = new ConcurrentHashMap<>();
    private final HttpServer server;

    private record Response(int status, JsonNode body) {}

    StandInService() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Makes a path held; a directory's ends with a slash. */
    StandInService hold(String path, String holder, String reason) {
        ObjectNode hold = MAPPER.createObjectNode().put("path", path).put("agent_id", holder);
        holds.put(
                path,
                reason.isEmpty()
                        ? hold.put("remaining", "25s")
                        : hold.put("reason", reason).put("remaining", "25s"));
        return this;
    }

    void free(String path) {
        holds.remove(path);
    }

    /** Sets the response to the requests of a path. */
    StandInService responds(String path, int status, JsonNode body) {
        responses.put(path, new Response(status, body));
        return this;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().toString().replaceFirst("^/api/v1", "");
            JsonNode body = MAPPER.readTree(exchange.getRequestBody());
            requests.add(new Request(path, body, exchange.getRequestHeaders().getFirst("Authorization")));
            Response response = responses.get(path);
            if (response == null && path.equals("/holds/query")) {
                response = new Response(200, query(body));
            }
            byte[] content = response == null ? new byte[0] : MAPPER.writeValueAsBytes(response.body());
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(
                    response == null ? 404 : response.status(), content.length == 0 ? -1 : content.length);
            exchange.getResponseBody().write(content);
        }
    }

    private JsonNode query(JsonNode body) {
        ObjectNode answer = MAPPER.createObjectNode();
        ArrayNode held = answer.putArray("holds");
        for (JsonNode path : body.get("paths")) {
            ArrayNode of = MAPPER.createArrayNode();
            holds.forEach((key, hold) -> {
                boolean overlaps = key.equals(path.asText())
                        || key.endsWith("/") && path.asText().startsWith(key);
                if (overlaps
                        && !hold.get("agent_id")
                                .asText()
                                .equals(body.path("agent").asText())) {
                    of.add(hold);
                }
            });
            if (!of.isEmpty()) {
                held.addObject().put("path", path.asText()).set("holds", of);
            }
        }
        return answer.put("now", "2026-11-29T12:00:00Z");
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
